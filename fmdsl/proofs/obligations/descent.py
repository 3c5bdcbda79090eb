"""The gradient leads to the truth, and not away from it.

Stationary is not enough: with the sign of a loss, of a weight or of a prescribed gradient turned,
the truth is stationary still, and training leaves it. So the net is moved from its truth by a
constant, and each term of the gradient must move it back: `s w c k > 0` for the sign s and the
weight w of the term, the factor k of the net in the residual and c of its variation there,
wherever the draws can be: with pairs of times in any order it takes the sign of `t - s`. A net
without an identity must not run away from the target of its regression, which is held. No more is
said: other ways of being wrong may grow all the same, and terms that hold no value of
the net itself (a discriminator's, a difference of scores) have obligations of their own.

A target that is the net's own value at another time goes with it, by a factor k'. Where nothing
else tells the net, training repeats `k u = k' u' + …`: errors come back `k' / k` times as large,
and only where that is less than one do they die out. With the levels of a consistency loss
exchanged it is more: the target is read further from the boundary than what learns from it, the
boundary's value is read by nobody, and a net that is off by a constant is led further away.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from fmdsl import algebra as al
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.drawn import Seen
from fmdsl.proofs.followed import Followed, followed
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.pull import pull, sign_of, signs, weight_sign, world_of
from fmdsl.proofs.verdict import PROVED, REFUTED, UNDECIDED, Step, Verdict

NAME = "descent"
_BACK = "a net that is off by a constant is led back"
_AWAY = "a net that is off by a constant is led further away"
_RUN_AWAY = "what the term regresses is led further away from its target"
_SHRINK = ", and its target with it by less: errors shrink from round to round"
_GROW = "moves by more than it does: errors grow from round to round"
_STEP = "Moved from the truth by a constant, the net is pulled back by this times it:"
_BOTH = "Moved from the truth by a constant, its target with it, the net is pulled back by"
_EXCHANGE = "exchange the two: what is nearer to the boundary is the target"
_HELP = "turn the sign of the term, of its weight, or of what is added to the net in its target"


def _prove(case: Case) -> Iterator[Verdict]:
    for part in case.parts:
        if is_adversarial(part):
            continue
        if any(o.name in case.truths for o in part.learners):
            yield from _of(case, part)
        elif part.piece.is_regression:
            yield from (replace(v, reason=_RUN_AWAY) for v in _of(case, part) if v.is_refuted)


def _of(case: Case, part: Part) -> Iterator[Verdict]:
    weight = weight_sign(part)
    if weight == 0:
        reason = "its weight is zero: the term counts for nothing"
        yield Verdict(UNDECIDED, NAME, part.subject, reason, span=part.piece.core.span)
        return
    try:
        factor = pull(part)
        found = {} if factor is None else signs(part, factor)
    except STOPS:
        return
    if factor is None or not found:
        return
    factor = factor * (weight or 1)
    if -1 in found:
        yield _led_away(part, factor, found)
        return
    target = followed(case, part)
    yield _with_its_target(part, target) if target else _back(_BACK, _STEP, factor, part)


def _back(reason: str, words: str, factor: al.Scalar, part: Part) -> Verdict:
    return Verdict(PROVED, NAME, part.subject, reason, (Step(words, factor),))


def _led_away(part: Part, factor: al.Scalar, found: Mapping[int, Seen]) -> Verdict:
    reason = f"{_AWAY}, at some of the draws" if 1 in found else _AWAY
    return Verdict(
        REFUTED, NAME, part.subject, reason, (Step(_STEP, factor),), factor, found[-1].world, _HELP,
        part.group.loss.span,
    )  # fmt: skip


def _with_its_target(part: Part, found: Followed) -> Verdict:
    """Where the target goes with the net: back in smaller steps, or further away."""
    sign = sign_of(part, found.factor)
    if sign != -1:
        return _back(f"{_BACK}{_SHRINK if sign else ''}", _BOTH, found.factor, part)
    reason = f"{_AWAY}: {found.words} {_GROW}"
    return Verdict(
        REFUTED, NAME, part.subject, reason, (Step(_BOTH, found.factor),), found.factor,
        world_of(part, found.factor), _EXCHANGE, part.piece.core.span,
    )  # fmt: skip


OBLIGATION = Obligation(NAME, _prove)
