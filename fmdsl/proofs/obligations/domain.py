"""Clocks stay in their domain, in order, and reach their levels.

The supports of the laws, as intervals: every clock at which training calls a state must lie in
the path's domain. An interval that is not inside leaves the question open; one that lies outside
for certain is refused by the checks E0804 to E0806.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Verdict
from fmdsl.semantics.ranges import ranges
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk

NAME = "time domain"


def _prove(case: Case) -> Iterator[Verdict]:
    low, high = case.spec.routes[0].domain
    facts = ranges(case.spec)
    clocks = {c.key: c for c in _clocks(case)}
    for clock in clocks.values():
        least, most = facts.of(clock)
        name = show_term(clock)
        where = f"{name} lies in [{least:g}, {most:g}]"
        if low <= least and most <= high:
            reason = f"{where}, inside the path's [{low:g}, {high:g}]"
            yield Verdict(PROVED, NAME, name, reason)
        else:
            known = math.isfinite(least) and math.isfinite(most)
            told = where if known else f"the laws do not bound {name}"
            reason = f"{told}; the path's domain is [{low:g}, {high:g}]"
            yield Verdict(UNDECIDED, NAME, name, reason, span=clock.span)


def _clocks(case: Case) -> Iterator[Term]:
    """The levels at which states are made in training."""
    for group in case.spec.objectives:
        for t in walk(group.loss):
            if t.op == "path":
                yield t.args[3]


OBLIGATION = Obligation(NAME, _prove)
