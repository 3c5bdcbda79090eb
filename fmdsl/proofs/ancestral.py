"""A step that adds noise to what is no flow: whether it keeps the law as the step goes to zero.

With noise of power k² the mean may not be the flow's: diffusion spreads the law, and a drift along
the score gathers it again. By the Fokker-Planck equation of the reversed clock the law is kept to
first order exactly where, at s = t,

    mean = z,    k² = 0    and    d mean / ds = velocity + (d k² / ds) score / 2,

whatever the power is. DDPM's posterior mean is one such, with either of its variances, DDIM's
steps of any η are, and the reverse SDE, whose drift is f - g² score where its noise is g.
"""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.case import Case
from fmdsl.proofs.law import DATA_VELOCITY, weights_at
from fmdsl.proofs.redrawn import FRESH
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.verdict import IN_THE_LIMIT, UNDECIDED, Step, Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import SampleRule

_HELP = "let the mean move by the velocity and by half the power of the noise along the score"


def ancestral(case: Case, rule: SampleRule, read: Translator, body: Vector, name: str) -> Verdict:
    """The verdict on a step of this mean and noise at the truth. Raises what stops the algebra."""
    scale = body.coefficient(FRESH)
    if scale.is_zero:
        reason = "no noise is added on this side: the last step is a mean, and no draw of the law"
        return Verdict(UNDECIDED, name, rule.kind, reason)
    z, t, s = al.state(rule.params[0]), *(al.time(c) for c in rule.params[1:])
    mean, power = body - scale * FRESH, scale * scale
    velocity = DATA_VELOCITY(z, t, *read.labels)
    score = weights_at(case.spec, t).score(z, velocity)
    here = {s: t}
    try:
        gaps = _gaps(mean, power, z, velocity, score, (s, here))
    except al.Pole:
        gaps = (("moves faster than the step", _posterior(case, z, velocity, (t, s)) - mean),)
    steps = (Step("With the truth put in, the mean of the step is", mean),
             Step("and the power of its noise", power))  # fmt: skip
    for words, gap in gaps:
        if not gap.is_zero:
            told = f"at the truth the mean of the step {words}"
            left = Step("What is left is", gap)
            return refuted_or_undecided(
                name, rule.kind, gap, told, (*steps, left), _HELP, rule.body.span
            )
    reason = f"as {al.text(s)} -> {al.text(t)} the step keeps the law, to first order in the step"
    return Verdict(IN_THE_LIMIT, name, rule.kind, reason, steps)


def _gaps(
    mean: Vector,
    power: Scalar,
    z: Vector,
    velocity: Vector,
    score: Vector,
    at: tuple[Scalar, dict[Any, Any]],
) -> tuple[tuple[str, Any], ...]:
    """What must vanish, with what is wrong where it does not."""
    s, here = at
    drift, spread = al.put(al.D(mean, s), here), al.put(al.D(power, s), here)
    return (
        ("is not the state where the step is zero", al.put(mean, here) - z),
        ("is given noise where the step is zero", al.put(power, here)),
        ("does not move with the law", drift - velocity - spread / 2 * score),
    )


def _posterior(case: Case, z: Vector, velocity: Vector, clocks: tuple[Scalar, Scalar]) -> Vector:
    """`E[z at s given z at t]` where each level is made by adding noise to the one before."""
    there, here = (weights_at(case.spec, c) for c in clocks)
    data = there.data(z, velocity)
    share = (here.sigma / there.sigma) ** 2 * there.alpha / here.alpha
    return here.alpha * data + share * (z - there.alpha * data)
