"""The objective is anchored.

Self-consistency alone is satisfied by the flow of *every* velocity, and often by a constant. So
the truth is replaced by the same formula for an unrelated velocity w, and by a constant, and the
gradient must then not vanish in expectation, in a numeric world. A spec that is stationary there
says nothing about the data: it lacks a term that regresses on the data's velocity, on a
teacher, or on the end of the path.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.calls import net_of
from fmdsl.proofs.case import STOPS, Case, Part, is_adversarial
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.pull import weight_sign
from fmdsl.proofs.steps import leading
from fmdsl.proofs.truth import Truth
from fmdsl.proofs.variation import expected
from fmdsl.proofs.verdict import PROVED, REFUTED, UNDECIDED, Step, Verdict, counterexample

NAME = "anchored"
_UNRELATED = al.velocity("w")
_OF_ANOTHER = "for the flow of an unrelated velocity"
_HELP = (
    "add a term that ties it to the data: the velocity at r = t, a teacher, or the end of the path"
)


def _prove(case: Case) -> Iterator[Verdict]:
    for group in case.spec.objectives:
        parts = [p for p in case.parts if p.group is group and not is_adversarial(p)]
        names = {o.name for p in parts for o in p.learners if o.name in case.truths}
        if names:
            yield _of(case, group.name, parts, sorted(names))


def _of(case: Case, subject: str, parts: list[Part], names: list[str]) -> Verdict:
    tied: list[tuple[Part, Verdict]] = []
    for words, false in _falsehoods(case, names):
        outcome = [_weight(case, p, {**case.truth_for(p), **false}) for p in parts]
        told = [(p, o) for p, o in zip(parts, outcome, strict=True) if isinstance(o, Verdict)]
        if told:
            tied = tied or told
            continue
        if all(o is False for o in outcome):
            reason = f"every term is stationary {words} as well: nothing ties it to the data"
            return _refusal(case, subject, parts, names, reason)
        return Verdict(UNDECIDED, NAME, subject, f"whether it is stationary {words} is not decided")
    return _anchor(subject, tied)


def _falsehoods(case: Case, names: list[str]) -> Iterator[tuple[str, dict[Any, Any]]]:
    """What the net may be mistaken for: the flow of another velocity, a constant."""
    flow = {net_of(case.truths[n].output): _unrelated(case.truths[n]) for n in names}
    yield _OF_ANOTHER, flow
    still = {net_of(case.truths[n].output): _still(n) for n in names}
    yield "for a constant net", still


def _unrelated(truth: Truth) -> Callable[..., al.Vector]:
    def value(*args: Any) -> al.Vector:
        labels = tuple(a for a in args if isinstance(a, str))
        found = truth.solved(labels).at([a for a in args if not isinstance(a, str)], anywhere=True)
        laws = [f for f in al.nets_in(found) if f.role == "field"]
        laws += [f.of for f in al.nets_in(found) if f.role == "flow" and f.of is not None]
        fields: dict[Any, Any] = {al.Net(f): _UNRELATED for f in laws}
        flows = {al.Net(flow_of(f)): al.Net(flow_of(_UNRELATED.fn)) for f in laws}
        return al.put(found, {**fields, **flows})

    return value


def _still(name: str) -> Callable[..., al.Vector]:
    value = al.state(f"{name}₀")
    return lambda *_: value


def _weight(case: Case, part: Part, false: dict[Any, Any]) -> Verdict | bool | Exception:
    """A refusal to be stationary (with its world), False where it is stationary, or no answer."""
    if weight_sign(part) == 0:
        return False
    try:
        gradient = part.varied.at(false)
        mean = expected(gradient)
    except STOPS as stop:
        form = leading(part, false)
        if form is None or form.is_zero:
            return stop
    else:
        if mean.is_zero:
            return False
        form = mean.value if not mean.value.is_zero else mean.moments[min(mean.moments)]
    world = counterexample(form)
    if world is None:
        return al.Undecided("no world tells it from zero", form)
    return Verdict(PROVED, NAME, part.subject, "", residual=form, counterexample=world)


def _anchor(subject: str, tied: list[tuple[Part, Verdict]]) -> Verdict:
    told = " and ".join(dict.fromkeys(p.piece.title for p, _ in tied))
    opening = f"{_OF_ANOTHER.capitalize()} the gradient is, in expectation,"
    steps = (Step(opening, tied[0][1].residual),)
    reason = f"{told} is not stationary {_OF_ANOTHER}, nor for a constant net"
    return Verdict(PROVED, NAME, subject, reason, steps)


def _refusal(case: Case, subject: str, parts: list[Part], names: list[str], reason: str) -> Verdict:
    """The world is one in which the unrelated velocity is not the data's."""
    point, clock = al.state("z"), al.time("t")
    labels = case.truths[names[0]].labels
    apart = _UNRELATED(point, clock, *labels) - DATA_VELOCITY(point, clock, *labels)
    return Verdict(
        REFUTED, NAME, subject, reason, residual=apart, counterexample=counterexample(apart),
        help=_HELP, span=parts[0].piece.core.span,
    )  # fmt: skip


OBLIGATION = Obligation(NAME, _prove)
