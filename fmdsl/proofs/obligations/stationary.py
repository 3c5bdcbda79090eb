"""The truth is stationary.

What `identity` says of each net is put into the gradient of every term of every loss. Given the
state z at which the learner is called, the draws are `v(z, t) + ξ` with `E[ξ given z] = 0`, and
the expectation of the gradient must vanish. It may vanish draw by draw (pointwise), or in
expectation. A teacher's identity, and that a critic has converged, are assumptions: `holds if`.

Stationary is not unique, and not convergent: no more is said. A gradient that does not vanish
pointwise may still cancel after integrating by parts, where it holds derivatives of the
learner's variation; then the verdict is `not decided`. Where it is a vector times δu alone, at
clocks that the learner sees, a residual with a numeric counterexample refutes.

A branch that a setting decides is looked at on its other side too, with the setting there; one
that a schedule in `progress` decides, where the schedule ends. A curriculum may begin at another
law, and must end at the identity's.

A weight that depends on the residual (`error / sg(error + c)`, a norm instead of a square) moves
the stationary point to `E[w Δ] = 0`: that is told in a line of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.branches import bounds
from fmdsl.proofs.case import Case, Part, is_adversarial
from fmdsl.proofs.critics.laws import made_inside
from fmdsl.proofs.ending import at_the_end
from fmdsl.proofs.hints import hint
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.settings import elsewhere
from fmdsl.proofs.settle import LIMIT, MEAN, NOT_ZERO, OPEN, POINTWISE, Settled, settle
from fmdsl.proofs.verdict import (
    HOLDS_IF,
    IN_THE_LIMIT,
    PROVED,
    REFUTED,
    UNDECIDED,
    Form,
    Verdict,
)
from fmdsl.proofs.weighing import bent_by

NAME = "truth stationary"
_WARM = "a stage before the last need not end at the truth"
_FLOOR = "the bound does not act: where it acts, here, the truth is not stationary"


def _prove(case: Case) -> Iterator[Verdict]:
    for part in case.parts:
        yield from _of(case, part)
    for words, other in elsewhere(case):
        yield from _at(case, words, other)
    yield from _at_the_end(case)


def _at(case: Case, words: str, other: Case) -> Iterator[Verdict]:
    """The terms that are others at other settings."""
    known = {p.piece.core.key for p in case.parts}
    for part in (p for p in other.parts if p.piece.core.key not in known):
        told = (v for v in _of(other, part) if v.subject == part.subject)
        for verdict in told:
            yield replace(verdict, subject=f"{verdict.subject} where {words}")


def _at_the_end(case: Case) -> Iterator[Verdict]:
    """The terms that a schedule chooses among, where it ends."""
    found = at_the_end(case)
    if found is None:
        return
    ends, other = found
    words = " and ".join(f"{name} = {value}" for name, value in ends.items())
    for verdict in _at(case, f"{words} at the end of training", other):
        span = next((t.body.span for t in case.spec.spec.lets if t.name in ends), None)
        yield replace(verdict, span=span) if verdict.is_refuted else verdict


def _of(case: Case, part: Part) -> Iterator[Verdict]:
    silent = [o.name for o in part.learners if o.name not in case.truths]
    if silent and _is_generator(case, part):
        yield from _generator(case, part)
        return
    if is_adversarial(part):
        yield from _adversarial(case, part)
        return
    if silent:
        reason = f"no identity says what {' and '.join(silent)} is"
        yield Verdict(UNDECIDED, NAME, part.subject, reason, help="state it under `identity`")
        return
    yield from told(case, part, _settled(case, part))


def _settled(case: Case, part: Part) -> Settled:
    """The gradient at the truth: where a map is one, its samples have the data's law."""
    found = settle(case, part)
    if found.kind not in (NOT_ZERO, OPEN) or not made_inside(case, part.piece.core):
        return found
    again = settle(case, part, equal_laws=True)
    law = "the samples' law is the data's"
    told = replace(again, conditions=(*again.conditions, law))
    return told if again.kind in (POINTWISE, MEAN) else found


def told(case: Case, part: Part, found: Settled) -> Iterator[Verdict]:
    """The verdict on a term, and a line for a weight that depends on the residual."""
    weights = bent_by(part) if found.kind in (MEAN, LIMIT) else ()
    assumed = case.assumptions(part) + found.conditions
    kind, reason = _kind(found, bool(weights), assumed)
    # the rows on which a floor acts are rescaled on purpose, where the others are right
    if kind == REFUTED and found.residual is not None and bounds(found.residual):
        kind, reason = (HOLDS_IF, _FLOOR) if _elsewhere_right(case, part) else (kind, reason)
    only = _values(case, found.residual) if kind == REFUTED else ""
    if only:
        kind, reason = HOLDS_IF, f"only at {only}: then the gradient vanishes at the truth"
    if kind == REFUTED and _warms_up(case, part):
        kind, reason = UNDECIDED, f"{_WARM}: {reason}"
    yield Verdict(
        kind, NAME, part.subject, reason, found.steps, found.residual, found.counterexample,
        help=hint(case, part) if kind == REFUTED else found.help, span=part.piece.core.span,
    )  # fmt: skip
    for weight in weights:
        why = f"{weight} depends on the residual: the stationary point is E[w Δ] = 0"
        yield Verdict(UNDECIDED, NAME, f"{part.group.name}: weight", why)


def _warms_up(case: Case, part: Part) -> bool:
    """Whether the term is of a stage after which another one trains on."""
    return bool(part.group.stage) and part.group.stage != case.spec.stages[-1][0]


def _values(case: Case, left: Form | None) -> str:
    """`a = 1`, where a residual is zero at the values that the settings have; else nothing."""
    if left is None:
        return ""
    held = {n: v for n, v in case.spec.settings.items() if al.symbol(al.setting(n)) in left.deps}
    whole: Any = left
    try:
        there = al.put(whole, {al.setting(n): al.scalar(v) for n, v in held.items()})
    except (al.Pole, ValueError):
        return ""
    return ", ".join(f"{n} = {v}" for n, v in held.items()) if held and there.is_zero else ""


def _elsewhere_right(case: Case, part: Part) -> bool:
    """Whether the truth is stationary on another side of the term's branches."""
    others = (p for p in case.parts if p.group is part.group and p.piece == part.piece)
    found = (settle(case, p).kind for p in others if p.branch != part.branch)
    return any(kind in (POINTWISE, MEAN) for kind in found)


def _kind(found: Settled, weighed: bool, assumed: tuple[str, ...]) -> tuple[str, str]:
    if found.kind == OPEN:
        return UNDECIDED, found.reason
    if found.kind == LIMIT:
        told = f"{'; '.join(assumed)}: then the" if assumed else "the"
        return IN_THE_LIMIT, f"{told} truth is stationary {found.reason}"
    if found.kind not in (POINTWISE, MEAN):
        return found.verdict, found.reason
    how = "draw by draw" if found.kind == POINTWISE else "in expectation given z"
    reason = f"the gradient vanishes at the truth, {how}"
    if weighed:
        reason = f"the unweighted gradient vanishes at the truth, {how}"
    if assumed:
        return HOLDS_IF, f"{'; '.join(assumed)}: then {reason}"
    return PROVED, reason


def _adversarial(case: Case, part: Part) -> Iterator[Verdict]:
    """A discriminator's optimum is the critics' obligation; what shares its weights moves too."""
    shared = [o.name for o in part.learners if o.name in case.truths]
    if shared:
        names = " and ".join(shared)
        reason = f"the term moves the weights of {names} too, and says nothing of what {names} is"
        yield Verdict(UNDECIDED, NAME, part.subject, reason)


def _is_generator(case: Case, part: Part) -> bool:
    return any(o.role == "student" and o.name not in case.truths for o in part.learners)


def _generator(case: Case, part: Part) -> Iterator[Verdict]:
    """A net that is known by the law of its samples: stationary where that law is the data's."""
    names = " and ".join(o.name for o in part.learners if o.name not in case.truths)
    if not case.equal_laws:
        reason = f"no identity says what {names} is"
        yield Verdict(UNDECIDED, NAME, part.subject, reason, help="state it under `identity`")
        return
    found = settle(case, part, equal_laws=True)
    judges = [o.name for o in case.judges(part)]
    taken = [f"{', '.join(judges)} is at its optimum"] if judges else case.assumptions(part)
    assumed = "; ".join((*taken, *found.conditions))
    if found.kind == POINTWISE:
        law = f"where the law of the samples of {names} is the data's"
        reason = f"{assumed or 'the critics have converged'}: then the gradient is zero {law}"
        yield Verdict(HOLDS_IF, NAME, part.subject, reason, found.steps)
        return
    kind = REFUTED if found.verdict == REFUTED else UNDECIDED
    reason = f"with the samples' law the data's: {found.reason}"
    yield Verdict(
        kind, NAME, part.subject, reason, found.steps, found.residual, found.counterexample,
        help=found.help, span=part.piece.core.span,
    )  # fmt: skip


OBLIGATION = Obligation(NAME, _prove)
