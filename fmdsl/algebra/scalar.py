"""Scalars made of vectors and of other scalars: inner products, functions, sines, roots."""

from __future__ import annotations

from math import gcd, isqrt

from fmdsl.algebra.atoms import Atom, Dot, Fn, Half, Jet, Root, Value
from fmdsl.algebra.factors import factor
from fmdsl.algebra.field import ONE, ZERO, Number, Scalar, generator, scalar
from fmdsl.algebra.vector import Vector


def dot(a: Vector, b: Vector) -> Scalar:
    """The inner product, expanded over atoms and keyed by them."""
    out = ZERO
    for left, p in a.terms.items():
        for right, q in b.terms.items():
            out = out + p * q * generator(_pair(left, right))
    return out


def _pair(a: Atom, b: Atom) -> Dot:
    return Dot(a, b) if a.uid <= b.uid else Dot(b, a)


def norm2(a: Vector) -> Scalar:
    """The squared norm."""
    return dot(a, a)


def value(v: Vector) -> Scalar:
    """A vector of jets read as scalar-valued functions."""
    out = ZERO
    for a, c in v.terms.items():
        if not isinstance(a, Jet):
            raise TypeError(f"{a} is a vector, not a scalar-valued function")
        out = out + c * generator(Value(a))
    return out


def function(name: str, *args: Scalar | Number) -> Scalar:
    """An opaque function of scalars; `exp`, `log`, `atan` know their derivative."""
    times = tuple(scalar(a) for a in args)
    return generator(Value(Jet(Fn(name, "function"), (), times, (), (0,) * len(times), ())))


def exp(s: Scalar | Number) -> Scalar:
    """`exp` of a sum is the product of the exponentials of its monomials."""
    out = ONE
    for unit, multiple in _angles(scalar(s)):
        out = out * function("exp", unit) ** multiple
    return out


def sqrt(s: Scalar | Number, name: str = "") -> Scalar:
    """The positive root; `sqrt(n/d)` is `sqrt(n d)/d`, so that squares are polynomials."""
    q = scalar(s)
    below = Scalar(q.below)
    product = q * below * below
    if product.is_number and (n := product.number) >= 0 and isqrt(int(n)) ** 2 == n:
        return scalar(isqrt(int(n))) / below
    return generator(Root(product, name)) / below


def unsquared(s: Scalar) -> Scalar | None:
    """What a perfect square is the square of, up to its sign; None where it is none."""
    below = Scalar(s.below)
    product = s * below * below
    number, parts = factor(product.num) if product.num else (0, ())
    if number < 0 or isqrt(number) ** 2 != number or any(k % 2 for _, k in parts):
        return None
    out = scalar(isqrt(number)) / below
    for part, k in parts:
        out = out * Scalar(part) ** (k // 2)
    return out if product.scale == 1 else None


def tan_half(angle: Scalar | Number) -> Scalar:
    """`tan(angle / 2)`, by the addition law in the monomials of the angle."""
    out = ZERO
    for unit, multiple in _angles(scalar(angle)):
        step = generator(Half(unit))
        for _ in range(abs(multiple)):
            part = step if multiple > 0 else -step
            out = (out + part) / (1 - out * part)
    return out


def cos(angle: Scalar | Number) -> Scalar:
    """Rational in the half-angle tangents of the terms of the angle."""
    h = tan_half(angle)
    return (1 - h * h) / (1 + h * h)


def sin(angle: Scalar | Number) -> Scalar:
    """Rational in the half-angle tangents of the terms of the angle."""
    h = tan_half(angle)
    return 2 * h / (1 + h * h)


def _angles(s: Scalar) -> list[tuple[Scalar, int]]:
    """The terms of `s` as integer multiples of units without a rational factor above one."""
    out: list[tuple[Scalar, int]] = []
    for m, c in sorted(s.num.items()):
        out.append((Scalar({m: 1}) * s.over * gcd(c, s.scale), c // gcd(c, s.scale)))
    return out
