"""Closed forms in torch, float64: what a spec's nets are, put where its nets stand.

measure(spec, fmdsl.compile)      residuals and biases of the compiled program at the truth
gradients(spec, fmdsl.compile)    its backward, against the terms
distance(program, law)            learned nets, against the closed forms
"""

from fmdsl.oracle.distance import distance, law_of
from fmdsl.oracle.evaluate import NotMeasured
from fmdsl.oracle.gradients import gradients
from fmdsl.oracle.measure import measure, refutes
from fmdsl.oracle.measurement import Measurement
from fmdsl.oracle.truth import Truth, law_for, truth

__all__ = [
    "Measurement",
    "NotMeasured",
    "Truth",
    "distance",
    "gradients",
    "law_for",
    "law_of",
    "measure",
    "refutes",
    "truth",
]
