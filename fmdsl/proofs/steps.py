"""Where a term holds a step: its truth is stationary in the limit, and to which order.

A step is a setting in a clock or a place of a call (`α`), a level that the net does not see (`s`,
next to the state's σ), or a small constant in a clock's place. The gradient at the truth is
expanded in it; the first order that does not vanish in expectation is set against the order of
the gradient elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol
from fmdsl.algebra.limits import laurent
from fmdsl.proofs.case import STOPS, Part
from fmdsl.proofs.clocks import free_clocks
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import Form
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, number, walk

_STEP = al.time("h")
_DEEPEST = 3
_SMALL = Fraction(1, 16)


@dataclass(frozen=True, slots=True)
class Limit:
    """`words` say what comes where; the gradient there is `order` times the step smaller."""

    words: str
    order: int
    left: Form

    @property
    def reason(self) -> str:
        return f"as {self.words}, with an error of order {self.order} in the step"


def limit_of(part: Part, truth: dict[Any, Any]) -> Limit | None:
    """The first step in which the truth is stationary to a higher order than other nets are."""
    for words, varied, symbol in _candidates(part):
        try:
            found = _orders(varied, truth, symbol)
        except (*STOPS, RecursionError):
            continue
        if found is not None:
            return Limit(words, *found)
    return None


def has_step(part: Part) -> bool:
    """Whether there is a step at all; True where that is not told."""
    try:
        return next(_candidates(part), None) is not None
    except STOPS:
        return True


def leading(part: Part, false: dict[Any, Any]) -> Form | None:
    """With something put for the nets, the gradient at the order of other nets in a step."""
    for _, varied, symbol in _candidates(part):
        try:
            whole = _whole(varied)
            order, _ = al.first_order(whole, symbol, deepest=_DEEPEST)
            return expected(laurent(put_truth(whole, false), symbol, order)[order]).value
        except STOPS:
            continue
    return None


def _candidates(part: Part) -> Iterator[tuple[str, Varied, Symbol]]:
    varied = part.varied
    for name in (*part.spec.settings, *part.spec.lets):
        symbol = al.symbol(al.setting(name))
        if moves_a_call(symbol, varied) and symbol not in varied.varied.deps:
            yield f"{name} comes to 0", varied, symbol
    for words, key, form in [*_levels(part, varied), *_constants(part)]:
        branch = replace(part.branch, known=((key, form),))
        yield words, part.under(branch), al.symbol(_STEP)


def moves_a_call(symbol: Symbol, varied: Varied) -> bool:
    """Whether a setting is in a place or a clock at which a net is called: a step, and no scale."""
    calls = al.jets(_whole(varied))
    return any(symbol in s.deps for jet in calls for s in (*jet.places, *jet.times))


def _levels(part: Part, varied: Varied) -> Iterator[tuple[str, int, Scalar]]:
    """Levels of which the learner knows nothing, put a step below the state's own."""
    state = varied.frame.state
    if state is None:
        return
    own = varied.frame.read.scalar(state.args[3])
    seen = varied.varied.deps
    for key, clock in free_clocks(part.piece.core, *part.piece.weights).items():
        if al.symbol(clock) not in seen and clock != own:
            yield f"{al.text(clock)} comes to {al.text(own)}", key, own - _STEP


def _constants(part: Part) -> Iterator[tuple[str, int, Scalar]]:
    """Small numbers at which a net is told a clock."""
    for call in walk(part.piece.core):
        if call.op == "jet":
            for i, argument in enumerate(call.place):
                value = number(argument)
                if value is not None and 0 < value <= _SMALL:
                    yield f"{_told(part, call, i)} comes to 0", argument.key, _STEP


def _told(part: Part, call: Term, i: int) -> str:
    """`d, which is 1/128 here,` as the net names its clock and the spec writes the number."""
    argument, net = call.place[i], part.spec.outputs.get(call["fn"])
    written = argument.span.text if argument.span else show_term(argument)
    clock = net.inputs[i].clock if net else None
    return f"{clock}, which is {written} here," if clock else written


def _orders(varied: Varied, truth: dict[Any, Any], h: Symbol) -> tuple[int, Form] | None:
    whole = _whole(varied)
    elsewhere, _ = al.first_order(whole, h, deepest=_DEEPEST)
    there = put_truth(whole, truth)
    for order in range(elsewhere, elsewhere + _DEEPEST + 1):
        left = laurent(there, h, order)[order]
        if not _vanishes(left):
            return (order - elsewhere, left) if order > elsewhere else None
    return None


def _vanishes(form: Form) -> bool:
    try:
        return expected(form).is_zero
    except al.Undecided:
        return False


def _whole(varied: Varied) -> Any:
    """The residual where the gradient is one, times a variation of its own; else the gradient."""
    return varied.residual if varied.pairs else varied.at({})
