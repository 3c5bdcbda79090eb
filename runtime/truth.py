"""How far the nets of a run are from the truth, on data whose law has a closed form."""

from __future__ import annotations

from collections.abc import Mapping

from torch import nn

from fmdsl.oracle import distance, law_of
from fmdsl.runtime.data import Density
from fmdsl.runtime.problem import Problem


def to_truth(problem: Problem, nets: Mapping[str, nn.Module]) -> dict[str, float]:
    """Root mean square distances by name; empty where the law or the net has no closed form."""
    data = problem.data
    if not isinstance(data, Density):
        return {}
    law = law_of(problem.e, data.name, data.truth)
    if law is None:
        return {}
    with problem.program.bank.instead(nets):
        return distance(problem.program, law)
