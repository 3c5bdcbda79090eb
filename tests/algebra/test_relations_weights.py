"""Relations between laws of times and between weights: one-dimensional integrals and quantiles."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from scipy import integrate, special

from fmdsl import algebra as al
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read


def test_r28_the_weight_of_gaps_is_one_on_average() -> None:
    """`β = 1 - s + λ s (1 - (t - r))`: 1 at s = 0; of mean 1 at s = 1, by λ = 1 / E[1 - (t - r)].

    For two independent values of a law F on [0, 1] the mean of their distance is `2 ∫ F (1 - F)`.
    """
    spec = elaborate_spec(read("uaimf"))
    β = Translator(spec).scalar(spec.lets["β"])
    assert al.put(β, {al.setting("progress"): al.ONE}) == 1

    def both(t: float) -> float:
        below = special.ndtr(special.logit(t) + 0.4)  # logit_normal(-0.4, 1), the spec's law
        return float(below * (1 - below))

    assert "logit_normal(-0.4, 1" in read("meanflow").source.text
    gap = 2 * integrate.quad(both, 0, 1)[0]
    assert spec.settings["λ"] == Fraction("1.3045")
    assert 1 / (1 - gap) == pytest.approx(1.3045, abs=5e-4)


def test_r31_a_log_normal_level_is_a_logit_normal_time() -> None:
    """`t = σ / (1 + σ)` has the logit log σ; an angle `atan(e^τ / d)` the logit τ - log d."""
    logs = np.linspace(-6, 5, 45)
    level = np.exp(logs)
    assert special.logit(level / (1 + level)) == pytest.approx(logs)
    spec = elaborate_spec(read("scm"))
    d = float(spec.settings["d"])
    assert "atan(exp" in read("scm").source.text
    angle = np.arctan(np.exp(logs) / d)
    linear = np.sin(angle) / (np.cos(angle) + np.sin(angle))
    assert special.logit(linear) == pytest.approx(logs - np.log(d))
