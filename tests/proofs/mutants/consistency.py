"""Wrong variants of the two levels of a consistency model."""

from __future__ import annotations

from tests.proofs.mutants.mutant import DESCENT, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

_TRAINING = "mse(f(z, σ), sg(f(z', s, F=ema(F, μ))))"
_DISTILLATION = "mse(f(z, σ), sg(f(z', s, F=ema(F, 0.95))))"

MUTANTS: tuple[Mutant, ...] = (
    m(
        "target at the noisier level in training",
        "consistency_training",
        DESCENT,
        (_TRAINING, "mse(f(z', s), sg(f(z, σ, F=ema(F, μ))))"),
    ),
    m(
        "target at the noisier level in distillation",
        "consistency_distillation",
        DESCENT,
        ("σ: karras(i)\n", "σ: karras(i + 1)\n"),
        ("s: karras(i + 1)", "s: karras(i)"),
        at=_DISTILLATION,
    ),
    m(
        "target at the noisier level in ECT",
        "ect",
        DESCENT,
        ("huber(f(z, σ), sg(f(z', s)))", "huber(f(z', s), sg(f(z, σ)))"),
    ),
    m(
        "target at the noisier level, from noise to data",
        "reversed_consistency",
        "E0702",
        ("mse(f(z, t), sg(f(z', s)))", "mse(f(z', s), sg(f(z, t)))"),
        at="f(z, t): z + (1 - t) * F",
    ),
    m(
        "a noise for each level",
        "ect",
        STATIONARY,
        ("z': path(x, e, s)", "z': path(x, n, s)"),
        ("  e: noise", "  e, n: noise"),
    ),
    m(
        "moving average for what learns",
        "consistency_distillation",
        "E0302",
        (_DISTILLATION, "mse(f(z, σ, F=ema(F, 0.95)), sg(f(z', s)))"),
    ),
    m(
        "derivative along the data's path",
        "consistency_of_the_teacher",
        STATIONARY,
        ("D(out, t, z=dz)", "D(out, t)"),
    ),
)
