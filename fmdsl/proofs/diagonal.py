"""Residuals that hold the flow of a combination of velocities, told apart on the diagonal.

A world has no closed form of such a flow. Where its two times meet it is the state, and its
derivatives are velocities; a residual with a coefficient in its series there that is not zero is
not zero near by either.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.algebra.field import generator
from fmdsl.proofs.stepped import Way, decided
from fmdsl.proofs.verdict import Form, counterexample


def off_the_diagonal(
    form: Form, values: Mapping[Scalar, Scalar] | None = None, ways: Iterable[Way] = ()
) -> al.Counterexample | None:
    """A world in which the form is not zero, on the diagonal where it has no value elsewhere.

    There `values` are those of settings, and `ways` those of the steps of clocks.
    """
    return counterexample(form) or _meeting(form, values or {}, ways)


def _meeting(
    form: Form, values: Mapping[Scalar, Scalar], ways: Iterable[Way]
) -> al.Counterexample | None:
    flows = [j for j in al.jets(form) if j.fn.role == "flow" and j.fn.of and j.fn.of.rule]
    if not flows:
        return None
    try:
        whole: Any = form
        clock, there = _where_meeting(*flows[0].times)
        order, coefficient = al.first_order(whole, clock, there, deepest=2)
        coefficient = decided(al.put(coefficient, values), ways) if values else coefficient
        # at the value of a setting, or of a schedule, what vanishes slower may vanish whole
        free = any(isinstance(s, al.Symbol) and s.kind == "setting" for s in coefficient.deps)
        return None if order and free else counterexample(coefficient)
    except (al.Pole, ValueError):
        return None


def _where_meeting(start: Scalar, end: Scalar) -> tuple[al.Symbol, Scalar]:
    """A clock of the end's, and its value where the two times are one. Raises ValueError."""
    gap = end - start
    own = [c for c in al.symbols(gap) if c not in start.deps] or list(al.symbols(gap))
    for clock in (c for c in own if c.kind == "time"):
        slope = al.D(gap, generator(clock))
        if clock not in slope.deps and not slope.is_zero:
            return clock, generator(clock) - gap / slope
    raise ValueError("no clock moves the one time to the other")
