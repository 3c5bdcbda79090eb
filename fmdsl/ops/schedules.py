"""Schedules that papers define by a table, and rounding for those that count in whole numbers."""

from __future__ import annotations

import itertools
import math
from functools import cache
from typing import Any

from fmdsl.ops.operator import Operator
from fmdsl.terms.build import constant, multiply
from fmdsl.terms.term import Term
from fmdsl.terms.types import SCALAR, Type


def _number(*kinds: Type) -> Type | str:
    return SCALAR if all(k.is_scalar for k in kinds) else "a schedule is a function of a number"


@cache
def _logs(first: float, last: float, steps: int) -> tuple[float, ...]:
    """Log ᾱ after 0, 1, … steps, the last one repeated for the interval that would follow."""
    betas = (first + (last - first) * i / (steps - 1) for i in range(steps))
    sums = tuple(itertools.accumulate((math.log1p(-b) for b in betas), initial=0.0))
    return (*sums, sums[-1])


def _alpha_bar(
    xp: Any, t: Any, first: float = 1e-4, last: float = 0.02, steps: float = 1000
) -> Any:
    table = _logs(float(first), float(last), int(steps))
    if not hasattr(t, "shape"):
        below = min(max(math.floor(t), 0), int(steps))
        return math.exp(table[below] + (t - below) * (table[below + 1] - table[below]))
    below = xp.clip(xp.floor(t), 0, int(steps))
    logs = xp.asarray(table, dtype=t.dtype, **({"device": t.device} if hasattr(t, "cpu") else {}))
    index = below.astype(int) if hasattr(below, "astype") else below.long()
    return xp.exp(logs[index] + (t - below) * (logs[index + 1] - logs[index]))


alpha_bar = Operator(
    "alpha_bar",
    ("t",),
    _number,
    _alpha_bar,
    "DDPM's share of the signal's power after t of `steps` noising steps, the product of 1 - β "
    "with β linear from `first` to `last`; 1 at t = 0, log-linear between whole steps",
    keywords=(("first", 1e-4), ("last", 0.02), ("steps", 1000)),
)


def _flat(term: Term, tangents: tuple[Term, ...]) -> Term:
    return multiply(constant(0), tangents[0])


floor = Operator(
    "floor", ("a",), _number, lambda xp, a: xp.floor(a), "the whole number at or below a", _flat
)
ceil = Operator(
    "ceil", ("a",), _number, lambda xp, a: xp.ceil(a), "the whole number at or above a", _flat
)
