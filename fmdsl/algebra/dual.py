"""Numbers with independent infinitesimals, `ε_i^2 = 0`: exact mixed derivatives of any formula.

The coefficient of `ε_0 ε_1 … ε_(n-1)` in `f(x + Σ ε_i d_i)` is `D^n f(x)[d_0, …, d_(n-1)]`.
"""

from __future__ import annotations

from fractions import Fraction

Real = int | float | Fraction


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

    def part(self, mask: int) -> Real:
        return self.parts.get(mask, 0)


def lift(x: Dual | Real) -> Dual:
    return x if isinstance(x, Dual) else Dual({0: x})
