"""Residuals that hold the flow of a combination of velocities, told apart on the diagonal.

A world has no closed form of such a flow. Where its two times meet it is the state, and its
derivatives are velocities; a residual that is not zero there is not zero near by either.
"""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.field import generator
from fmdsl.proofs.verdict import Form, counterexample


def off_the_diagonal(form: Form) -> al.Counterexample | None:
    """A world in which the form is not zero, on the diagonal where it has no value elsewhere."""
    return counterexample(form) or _meeting(form)


def _meeting(form: Form) -> al.Counterexample | None:
    flows = [j for j in al.jets(form) if j.fn.role == "flow" and j.fn.of and j.fn.of.rule]
    if not flows:
        return None
    start, end = flows[0].times
    try:
        whole: Any = form
        return counterexample(al.put(whole, {generator(al.symbol(end)): start}))
    except (al.Pole, ValueError):
        return None
