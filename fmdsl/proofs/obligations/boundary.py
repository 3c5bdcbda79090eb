"""Boundary and diagonal conditions.

A map from t to r is the identity at r = t. Where the parameterization gives that for every net
it is *hard*; where only the truth has it, it must be learned, and training has to come there.
An average velocity has no pole at r = t: its value there is the velocity itself. Where a second
identity speaks of the same net (its value on the diagonal, say), it must follow from the first.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.atoms import Jet
from fmdsl.algebra.field import generator
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.clocks import free_clocks
from fmdsl.proofs.fields import labels_as
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.settle import words
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.truth import Truth, put_truth, states
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Step, Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import Equation
from fmdsl.terms.show import show_term
from fmdsl.terms.term import walk

NAME = "boundary"


def _prove(case: Case) -> Iterator[Verdict]:
    for name, truth in case.truths.items():
        if truth.is_assumption:
            continue
        try:
            found = _of(case, name, truth)
        except STOPS as stop:
            found = Verdict(UNDECIDED, NAME, name, words(stop))
        if found is not None:
            yield replace(found, span=truth.equation.span)
    yield from _repeated(case)


def _repeated(case: Case) -> Iterator[Verdict]:
    """Identities of nets that an earlier one defines: they hold with that one put in."""
    first = [t.equation for t in case.truths.values()]
    for equation in case.spec.equations:
        if any(equation is e for e in first) or _speaks_of(case, equation) is None:
            continue
        try:
            found = _follows(case, equation)
        except STOPS as stop:
            found = Verdict(UNDECIDED, NAME, _told(equation), words(stop))
        yield replace(found, span=equation.span)


def _speaks_of(case: Case, equation: Equation) -> str | None:
    called = (t["fn"] for t in walk(equation.left) if t.op == "jet")
    return next((n for n in called if n in case.truths), None)


def _follows(case: Case, equation: Equation) -> Verdict:
    left, right = equation.left, equation.right
    truth = case.truths[_speaks_of(case, equation) or ""]
    read = Translator(case.spec, states(left, right) | free_clocks(left, right), truth.labels)
    gap: Any = read.vector(left) - read.vector(right)
    left_over = put_truth(gap, case.truth)
    steps = (Step("With the first identity put in, the two sides differ by", left_over),)
    if left_over.is_zero:
        return Verdict(PROVED, NAME, _told(equation), "it follows from the first identity", steps)
    reason = f"it contradicts the first identity of {truth.output.name}"
    told = _told(equation)
    return refuted_or_undecided(NAME, told, left_over, reason, steps, "take one of the two out")


def _told(equation: Equation) -> str:
    return f"{show_term(equation.left)} = {show_term(equation.right)}"


def _of(case: Case, name: str, truth: Truth) -> Verdict | None:
    left, right = truth.equation.left, truth.equation.right
    known = states(left, right) | free_clocks(left, right)
    names = labels_as(case.spec, truth.labels)
    read = Translator(case.spec, known, truth.labels, renamed=names, stepped=True)
    flows = [a for a in read.vector(right).terms if isinstance(a, Jet) and a.fn.role == "flow"]
    if len(flows) != 1:
        return None
    (flow,) = flows
    whole: Any = read.vector(left)
    value = read.vector(right)
    if value == al.Vector({flow: al.ONE}):
        return _map(name, whole, flow, _meeting(flow))
    on_diagonal = al.put(truth.solved(truth.labels).value, _together(flow))
    step = Step("At r = t the net becomes, by its identity,", on_diagonal)
    reason = f"at equal times {name} is {al.text(on_diagonal)}, without a pole"
    return Verdict(PROVED, NAME, name, reason, (step,))


def _meeting(flow: Jet) -> dict[Any, Any]:
    """The start brought to the end: to a number, where it is one."""
    try:
        return {generator(al.symbol(flow.times[0])): flow.times[1]}
    except ValueError:
        return _together(flow)


def _together(flow: Jet) -> dict[Any, Any]:
    """One clock moved so that the two times are one: of those of the end, where there is one."""
    gap = flow.times[0] - flow.times[1]
    for clock in sorted(al.symbols(gap), key=lambda s: s not in flow.times[1].deps):
        slope = al.D(gap, generator(clock))
        if slope.is_number and not slope.is_zero:
            return {generator(clock): generator(clock) - gap / slope}
    raise al.Undecided("the times of the map never meet", gap)


def _map(name: str, whole: Any, flow: Jet, meet: dict[Any, Any]) -> Verdict:
    here = al.put(whole, meet)
    left_over = here - flow.places[0]
    step = Step("With the two times equal, the map is", here)
    if left_over.is_zero:
        at = al.text(flow.times[1])
        reason = f"the map is the identity where its times meet (at {at}), whatever {name} is"
        return Verdict(PROVED, NAME, name, reason, (step,))
    if not any(f.trained for f in al.nets_in(here)):
        told = f"where its times meet the map is {al.text(here)}, whatever {name} is, not the state"
        return refuted_or_undecided(NAME, name, left_over, told, (step,), _HELP)
    reason = (
        f"where its times meet the map is {al.text(here)}: that it is the state must be learned"
    )
    return Verdict(UNDECIDED, NAME, name, reason, (step,), left_over)


_HELP = "let the weight of the state be one, and that of the net zero, where the two times meet"
OBLIGATION = Obligation(NAME, _prove)
