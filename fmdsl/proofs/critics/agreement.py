"""Students descend towards what their critic says of real samples.

The slope of a student's term by the critic's number on its samples must have the sign that
raises (or lowers) it towards the real side: for every value of the number, or at the critic's
optimum, where a least-squares loss has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.checks.reach import summands
from fmdsl.proofs.case import Case
from fmdsl.proofs.critics.optimum import Optimum, densities, sign
from fmdsl.proofs.critics.values import NoValue, Values, addends
from fmdsl.proofs.pieces import learning
from fmdsl.proofs.verdict import PROVED, Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import Objective, Output
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term

NAME = "critics"
_LONG = 40


def agreement(case: Case, output: Output, optimum: Optimum) -> Iterator[Verdict]:
    """A verdict for each term of a student's loss that calls the critic."""
    for group in case.spec.objectives:
        gradient = learning(case.spec, group)
        if output.weights in gradient.trained:
            continue
        for weight, term in summands(group.loss):
            read = Values(case.spec, output)
            if read.called(term) and gradient.reached(term):
                yield from _of(group, output, optimum, read, weight, term)


def _of(
    group: Objective, output: Output, optimum: Optimum, read: Values, weight: int, term: Term
) -> Iterator[Verdict]:
    try:
        total = sum(w * read(core) for w, core in addends(read, term, weight))
        way = slope_sign(read, total, optimum)
    except NoValue:
        return
    if not way:
        return
    subject = f"{group.name}: {_title(term)}"
    if -way == optimum.way:
        reason = f"{group.name} descends towards what {output.name} says of real samples"
        yield Verdict(PROVED, NAME, subject, reason)
        return
    reason = f"{group.name} descends towards what {output.name} says of generated samples"
    form = al.setting("D") * way
    help_ = "turn the sign of the critic's number"
    yield refuted_or_undecided(NAME, subject, form, reason, help=help_, span=term.span)


def _title(term: Term) -> str:
    text = term["name"] if term.op == "let" else show_term(term)
    return text if len(text) <= _LONG else f"{text[: _LONG - 1]}…"


def slope_sign(read: Values, total: Any, optimum: Optimum) -> int:
    """The sign of the slope by the number on generated samples; 0 where it is not one sign."""
    import sympy as sp

    made = [s.symbol for s in read.samples.values() if s.generated]
    signs: set[int] = set()
    for symbol in made:
        slope = sp.diff(total, symbol)
        signs |= {_everywhere(slope) or _at_optimum(read, slope, optimum)}
    return signs.pop() if len(signs) == 1 else 0


def _everywhere(slope: Any) -> int:
    """By the exponentials of the numbers, which are positive."""
    import sympy as sp

    numbers = [s for s in slope.free_symbols if s.is_positive is None]
    for s in numbers:
        e = sp.Symbol(f"exp {s}", positive=True)
        slope = sp.expand(slope).subs(sp.exp(s), e).subs(sp.exp(-s), 1 / e)
    return 0 if slope.free_symbols & set(numbers) else sign(slope)


def _at_optimum(read: Values, slope: Any, optimum: Optimum) -> int:
    """At every value that the critic takes, each sample with densities of its own."""
    import sympy as sp

    signs: set[int] = set()
    for value in optimum.at:
        put: dict[Any, Any] = {}
        for i, s in enumerate(read.samples.values()):
            own = sp.symbols(f"p{i} q{i}", positive=True)
            put[s.symbol] = sp.sympify(value).subs(dict(zip(densities(), own, strict=True)))
        found = sp.simplify(slope.subs(put))
        signs |= {0 if found.has(sp.Heaviside, sp.Max) else sign(found)}
    return signs.pop() if len(signs) == 1 else 0
