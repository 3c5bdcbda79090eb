"""Numbers with independent infinitesimals, `ε_i^2 = 0`: exact mixed derivatives of any formula.

The coefficient of `ε_0 ε_1 … ε_(n-1)` in `f(x + Σ ε_i d_i)` is `D^n f(x)[d_0, …, d_(n-1)]`.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import Any

Real = int | float | Fraction
DIGITS = 60


class Dual:
    """A sum over sets of infinitesimals (bit masks) of real numbers."""

    __slots__ = ("parts",)

    def __init__(self, parts: dict[int, Real]) -> None:
        self.parts = parts

    def __add__(self, other: Dual | Real) -> Dual:
        out = dict(self.parts)
        for mask, c in lift(other).parts.items():
            out[mask] = out.get(mask, 0) + c
        return Dual(out)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual({mask: -c for mask, c in self.parts.items()})

    def __sub__(self, other: Dual | Real) -> Dual:
        return self + -lift(other)

    def __rsub__(self, other: Real) -> Dual:
        return lift(other) + -self

    def __mul__(self, other: Dual | Real) -> Dual:
        out: dict[int, Real] = {}
        for a, x in self.parts.items():
            for b, y in lift(other).parts.items():
                if not a & b:
                    out[a | b] = out.get(a | b, 0) + x * y
        return Dual(out)

    __rmul__ = __mul__

    def __truediv__(self, other: Dual | Real) -> Dual:
        return self * inverse(lift(other))

    def __rtruediv__(self, other: Real) -> Dual:
        return lift(other) / self

    def part(self, mask: int) -> Real:
        return self.parts.get(mask, 0)


def lift(x: Dual | Real) -> Dual:
    """A number as one without infinitesimal part."""
    return x if isinstance(x, Dual) else Dual({0: x})


def inverse(a: Dual) -> Dual:
    """`1/a`; Newton's step doubles the order that is exact, and the order is finite."""
    x = Dual({0: reciprocal(a.part(0))})
    for _ in range(_steps(a)):
        x = x * (2 - a * x)
    return x


def reciprocal(x: Real) -> Any:
    """`1/x`, exact of a fraction."""
    return Fraction(1, x) if isinstance(x, int) else 1 / x


def root(a: Dual, start: Real) -> Dual:
    """The square root with the given real part."""
    x = Dual({0: start})
    for _ in range(_steps(a)):
        x = (x + a / x) * Fraction(1, 2)
    return x


def _steps(a: Dual) -> int:
    """Enough doublings for as many infinitesimals as occur."""
    masks = 0
    for mask in a.parts:
        masks |= mask
    return masks.bit_count().bit_length()


def elementary(name: str, x: Real) -> Any:
    """A transcendental value to sixty digits; roots and logarithms of the absolute value."""
    context = _context()
    x = context.mpf(x.numerator) / x.denominator if isinstance(x, Fraction) else context.mpf(x)
    return getattr(context, name)(abs(x) if name in ("log", "sqrt") else x)


@lru_cache(maxsize=1)
def _context() -> Any:
    from mpmath import MPContext

    context = MPContext()
    context.dps = DIGITS
    return context
