"""Students descend towards what their critic says of real samples.

The slope of a student's term by the critic's number on its samples must have the sign that
raises (or lowers) it towards the real side: for every value of the number, or at the critic's
optimum, where a least-squares loss has it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl.checks.reach import summands
from fmdsl.proofs.case import Case
from fmdsl.proofs.critics.optimum import Optimum, at_equal_densities, densities, sign
from fmdsl.proofs.critics.values import NoValue, Values, addends
from fmdsl.proofs.pieces import learning
from fmdsl.proofs.verdict import PROVED, Verdict, refuted_or_undecided, short
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
        slopes = _slopes(read, total, optimum)
    except NoValue:
        return
    signs = {sign(s) for s in slopes}
    way = signs.pop() if len(signs) == 1 else 0
    if not way:
        return
    subject = f"{group.name}: {_title(term)}"
    if -way == optimum.way:
        reason = f"{group.name} descends towards what {output.name} says of real samples"
        yield Verdict(PROVED, NAME, subject, reason)
        return
    reason = f"{group.name} descends towards what {output.name} says of generated samples"
    form = at_equal_densities(slopes[0])
    help_ = "turn the sign of the critic's number"
    yield refuted_or_undecided(NAME, subject, form, reason, help=help_, span=term.span)


def _title(term: Term) -> str:
    return short(term["name"] if term.op == "let" else show_term(term), _LONG)


def _slopes(read: Values, total: Any, optimum: Optimum) -> list[Any]:
    """The slopes by the number on generated samples, as functions of positive symbols.

    By the exponentials of the numbers, which are positive; where these do not tell the sign, at
    every value that the critic takes.
    """
    import sympy as sp

    found: list[Any] = []
    for symbol in (s.symbol for s in read.samples.values() if s.generated):
        slope = sp.diff(total, symbol)
        free = _by_exponentials(slope)
        known = not free.has(*(s.symbol for s in read.samples.values())) and sign(free)
        found += [free] if known else _at_optimum(read, slope, optimum)
    return found


def _by_exponentials(slope: Any) -> Any:
    import sympy as sp

    for s in (s for s in slope.free_symbols if s.is_positive is None):
        e = sp.Symbol(f"exp {s}", positive=True)
        slope = sp.expand(slope).subs(sp.exp(s), e).subs(sp.exp(-s), 1 / e)
    return slope


def _at_optimum(read: Values, slope: Any, optimum: Optimum) -> list[Any]:
    """At each of its values, each sample with densities of its own."""
    import sympy as sp

    found: list[Any] = []
    for value in optimum.at:
        put: dict[Any, Any] = {}
        for i, s in enumerate(read.samples.values()):
            own = sp.symbols(f"p{i} q{i}", positive=True)
            put[s.symbol] = sp.sympify(value).subs(dict(zip(densities(), own, strict=True)))
        found.append(sp.simplify(slope.subs(put)))
    return found or [sp.Integer(0)]
