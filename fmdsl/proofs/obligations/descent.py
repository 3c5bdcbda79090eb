"""The gradient leads to the truth, and not away from it.

Stationary is not enough: with the sign of a loss, of a weight or of a prescribed gradient turned,
the truth is stationary still, and training leaves it. So the net is moved from its truth by a
constant, and each term of the gradient must move it back: `s w c k > 0` for the sign s and the
weight w of the term, the factor k of the net in the residual and c of its variation there. A net
without an identity must not run away from the target of its regression, which is held. No more is
said: other ways of being wrong may grow all the same, and terms that hold no value of
the net itself (a discriminator's, a difference of scores) have obligations of their own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl import algebra as al
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.pull import pull, sign_of, weight_sign
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Step, Verdict, refuted_or_undecided

NAME = "descent"
_BACK = "a net that is off by a constant is led back"
_AWAY = "a net that is off by a constant is led further away"
_RUN_AWAY = "what the term regresses is led further away from its target"
_HELP = "turn the sign of the term, of its weight, or of what is added to the net in its target"


def _prove(case: Case) -> Iterator[Verdict]:
    for part in case.parts:
        if is_adversarial(part):
            continue
        if any(o.name in case.truths for o in part.learners):
            yield from _of(part)
        elif part.piece.is_regression:
            yield from (replace(v, reason=_RUN_AWAY) for v in _of(part) if v.is_refuted)


def _of(part: Part) -> Iterator[Verdict]:
    weight = weight_sign(part)
    if weight == 0:
        reason = "its weight is zero: the term counts for nothing"
        yield Verdict(UNDECIDED, NAME, part.subject, reason, span=part.piece.core.span)
        return
    try:
        factor = pull(part)
        sign = None if factor is None else sign_of(part, factor)
    except STOPS:
        return
    if factor is None or sign is None or weight is None:
        return
    yield _told(part, factor * weight, sign * weight)


def _told(part: Part, factor: al.Scalar, sign: int) -> Verdict:
    step = Step(
        "Moved from the truth by a constant, the net is pulled back by this times it:", factor
    )
    if sign > 0:
        return Verdict(PROVED, NAME, part.subject, _BACK, (step,))
    span = part.group.loss.span
    return refuted_or_undecided(NAME, part.subject, factor, _AWAY, (step,), _HELP, span)


OBLIGATION = Obligation(NAME, _prove)
