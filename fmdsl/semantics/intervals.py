"""Closed intervals of numbers, infinite ends allowed."""

from __future__ import annotations

import math
from fractions import Fraction

Interval = tuple[float, float]

EVERYTHING: Interval = (-math.inf, math.inf)
POSITIVE: Interval = (0.0, math.inf)


def point(value: Fraction) -> Interval:
    """One number; one too large for a float is known by its sign alone."""
    try:
        return float(value), float(value)
    except OverflowError:
        return (0.0, math.inf) if value > 0 else (-math.inf, 0.0)


def times(a: Interval, b: Interval) -> Interval:
    """Every product of a value of each."""
    products = [0.0 if 0 in (x, y) else x * y for x in a for y in b]
    return min(products), max(products)


def power(a: Interval, n: int) -> Interval:
    """Every n-th power; of an interval around zero the inverse is anything."""
    if n < 0:
        if a[0] < 0 < a[1]:
            return EVERYTHING
        low = 0.0 if math.isinf(a[1]) else 1 / a[1] if a[1] else -math.inf
        high = 0.0 if math.isinf(a[0]) else 1 / a[0] if a[0] else math.inf
        return power((low, high), -n)
    result: Interval = (1.0, 1.0)
    for _ in range(n):
        result = times(result, a)
    return (max(result[0], 0.0), result[1]) if n % 2 == 0 else result


def meet(a: Interval, b: Interval) -> Interval:
    """What lies in both; `a` where rounding has drawn them apart."""
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return (low, high) if low <= high else a
