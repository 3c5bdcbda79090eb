"""Numbers that are known before anything runs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np

from fmdsl.graph.node import Attrs, Number
from fmdsl.ops import OPERATORS


def plain(value: Fraction | float) -> Number:
    """A whole number as an int, anything else as a float."""
    if isinstance(value, Fraction):
        return value.numerator if value.denominator == 1 else float(value)
    return value


def evaluated(op: str, values: Sequence[Any], attrs: Attrs = ()) -> Number | None:
    """The operator's value at numbers, where it has a finite one."""
    known = OPERATORS.get(op)
    if known is None or not (known.broadcasts and all(isinstance(v, (int, float)) for v in values)):
        return None
    with np.errstate(all="ignore"):
        try:
            found = known.value(np, *values, **dict(attrs))
        except (ArithmeticError, ValueError, TypeError):
            return None
    number = found.item() if hasattr(found, "item") else found
    if isinstance(number, (int, float)) and math.isfinite(number):
        return number
    return None
