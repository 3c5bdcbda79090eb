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
    z, t, s = al.state(rule.params[0]), *(al.time(c) for c in rule.params[1:])
    scale = body.coefficient(FRESH)
    mean, power = body - scale * FRESH, scale * scale
    reason = _silence(mean, power, z, {s: t})
    if reason:
        return Verdict(UNDECIDED, name, rule.kind, reason)
    velocity = DATA_VELOCITY(z, t, *read.labels)
    steps = (Step("With the truth put in, the mean of the step is", mean),
             Step("and the power of its noise", power))  # fmt: skip
    try:
        half = al.put(al.D(power, s), {s: t}) / 2
        pull = half * weights_at(case.spec, t).score(z, velocity)
        gap: Any = al.put(al.D(mean, s), {s: t}) - velocity - pull
    except al.Pole:
        gap = _faster(mean - z, s, {s: t})
    if gap.is_zero:
        told = f"as {al.text(s)} -> {al.text(t)} the step keeps the law, to first order in the step"
        return Verdict(IN_THE_LIMIT, name, rule.kind, told, steps)
    told = "at the truth the mean of the step does not move with the law"
    steps = (*steps, Step("To first order the law is missed by", gap))
    return refuted_or_undecided(name, rule.kind, gap, told, steps, _HELP, rule.body.span)


def _silence(mean: Vector, power: Scalar, z: Vector, meeting: dict[Any, Any]) -> str:
    """Why nothing is said of the step: it is no small one; else empty."""
    if power.is_zero:
        return "no noise is added on this side: the last step is a mean, and no draw of the law"
    if (al.put(mean, meeting) - z).is_zero and al.put(power, meeting).is_zero:
        return ""
    return "the step moves even where its clocks meet: whether it keeps the law is not decided"


def _faster(moved: Vector, s: Scalar, meeting: dict[Any, Any]) -> Scalar:
    """How fast the square of a factor of the mean grows, where the mean moves as the root does.

    Raises Pole where it moves faster still, or where no factor tells.
    """
    speeds = (al.put(al.D(c * c, s), meeting) for c in moved.terms.values())
    found = next((speed for speed in speeds if not speed.is_zero), None)
    if found is None:
        raise al.Pole("the mean of the step has no speed where its clocks meet")
    return found
