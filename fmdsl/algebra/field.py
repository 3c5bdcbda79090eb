"""Scalars: a field of rational functions over interned generators, in which zero is decided.

A scalar is a polynomial over a product of powers of irreducible ones, in lowest terms. Square
roots are algebraic generators: powers are reduced and denominators freed of them. The form is
unique, so a scalar is zero exactly when its numerator has no terms.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import gcd, lcm

from fmdsl.algebra import factors, poly
from fmdsl.algebra.intern import GENS, SQUARES, Gen, Leaf, Named
from fmdsl.algebra.poly import Mono, Poly

Number = int | Fraction
PRIMES: dict[int, Poly] = {}


@dataclass(frozen=True, eq=False)
class Prime(Named):
    """An irreducible polynomial, as a factor of denominators."""

    items: frozenset[tuple[Mono, int]]

    def made(self) -> None:
        PRIMES[self.uid] = dict(self.items)


class Scalar:
    """An element of the field, in lowest terms; make one by arithmetic, never by hand.

    `num / (scale * den)`, where `den` is a monomial in the numbers of primes.
    """

    __slots__ = ("_deps", "_hash", "den", "num", "scale")

    def __init__(self, num: Poly, den: Mono = (), scale: int = 1) -> None:
        self.num, self.den, self.scale = num, den, scale
        self._hash: int | None = None
        self._deps: frozenset[Leaf] | None = None

    @property
    def is_zero(self) -> bool:
        return not self.num

    @property
    def is_number(self) -> bool:
        return not self.den and self.num.keys() <= {()}

    @property
    def number(self) -> Fraction:
        """The rational value of a scalar without generators."""
        return Fraction(self.num.get((), 0), self.scale)

    @property
    def below(self) -> Poly:
        """The denominator multiplied out."""
        return _expanded(self.den, self.scale)

    @property
    def over(self) -> Scalar:
        """One over the denominator."""
        return Scalar(UNIT, self.den, self.scale)

    @property
    def primes(self) -> list[tuple[Scalar, int]]:
        """The factors of the denominator with their powers, the number left out."""
        return [(Scalar(PRIMES[p]), k) for p, k in self.den]

    @property
    def gens(self) -> list[Gen]:
        found = poly.variables(self.num).union(*(poly.variables(PRIMES[p]) for p, _ in self.den))
        return [GENS[g] for g in sorted(found)]

    @property
    def deps(self) -> frozenset[Leaf]:
        if self._deps is None:
            self._deps = frozenset[Leaf]().union(*(g.deps for g in self.gens))
        return self._deps

    def __add__(self, other: Scalar | Number) -> Scalar:
        b = scalar(other)
        if not b.num or not self.num:
            return b if not self.num else self
        den, scale = _least(self.den, b.den), lcm(self.scale, b.scale)
        num = poly.add(_lift(self, den, scale), _lift(b, den, scale))
        powers = dict(b.den)
        shared = [p for p, k in self.den if powers.get(p) == k]
        return _lowest(num, den, scale, shared)

    __radd__ = __add__

    def __neg__(self) -> Scalar:
        return Scalar({m: -c for m, c in self.num.items()}, self.den, self.scale)

    def __sub__(self, other: Scalar | Number) -> Scalar:
        return self + -scalar(other)

    def __rsub__(self, other: Number) -> Scalar:
        return scalar(other) + -self

    def __mul__(self, other: Scalar | Number) -> Scalar:
        if not isinstance(other, (Scalar, int, Fraction)):  # pyright: ignore[reportUnnecessaryIsInstance]
            return NotImplemented
        b = scalar(other)
        if self is ONE or b is ONE:
            return b if self is ONE else self
        a = _lowest(self.num, b.den, 1, [p for p, _ in b.den])
        c = _lowest(b.num, self.den, 1, [p for p, _ in self.den])
        num, den = poly.mul(a.num, c.num), poly.join(a.den, c.den)
        if SQUARES:
            return _lowest(reduced(num), den, self.scale * b.scale, [p for p, _ in den])
        return _lowest(num, den, self.scale * b.scale, [])

    __rmul__ = __mul__

    def __truediv__(self, other: Scalar | Number) -> Scalar:
        b = scalar(other)
        if b.is_zero:
            raise Pole(f"division by zero: {self!r} / 0")
        return self * _inverse(b)

    def __rtruediv__(self, other: Number) -> Scalar:
        return scalar(other) / self

    def __pow__(self, k: int) -> Scalar:
        if k < 0:
            return ONE / self**-k
        if k == 0 or self is ONE:
            return ONE
        num = poly.power(self.num, k)
        den = tuple((p, j * k) for p, j in self.den)
        if SQUARES.keys().isdisjoint(poly.variables(num)):
            return Scalar(num, den, self.scale**k)
        return _lowest(reduced(num), den, self.scale**k, [p for p, _ in den])

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, (int, Fraction)):
            other = scalar(other)
        return (
            isinstance(other, Scalar)
            and self.den == other.den
            and self.scale == other.scale
            and self.num == other.num
        )

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((frozenset(self.num.items()), self.den, self.scale))
        return self._hash

    def __repr__(self) -> str:
        from fmdsl.algebra.show import text

        return text(self)


class Pole(ZeroDivisionError):
    """A denominator vanishes: the value, if there is one, is a limit."""


def scalar(value: Scalar | Number) -> Scalar:
    """A number as a scalar; a scalar as itself."""
    if isinstance(value, Scalar):
        return value
    if value in (0, 1):
        return ONE if value else ZERO
    q = Fraction(value)
    return Scalar({(): q.numerator}, (), q.denominator)


def generator(g: Gen) -> Scalar:
    """A generator as a scalar."""
    return Scalar({((g.uid, 1),): 1})


def reduced(p: Poly) -> Poly:
    """`p` with the squares of roots replaced by what stands under them."""
    while True:
        high = next(((m, g, k) for m in p for g, k in m if k > 1 and g in SQUARES), None)
        if high is None:
            return p
        m, g, k = high
        rest: Mono = tuple((h, k % 2 if h == g else j) for h, j in m if h != g or k % 2)
        expanded = poly.mul({rest: p[m]}, poly.power(SQUARES[g], k // 2))
        p = poly.add({n: c for n, c in p.items() if n != m}, expanded)


def _lowest(num: Poly, den: Mono, scale: int, suspects: Iterable[int]) -> Scalar:
    """The fraction in lowest terms; only `suspects` may divide the numerator."""
    if not num:
        return ZERO
    powers = dict(den)
    for p in suspects:
        num, divided = factors.divide_out(num, PRIMES[p], powers[p])
        powers[p] -= divided
    if scale != 1 and (common := gcd(scale, *num.values())) != 1:
        num, scale = {m: c // common for m, c in num.items()}, scale // common
    return Scalar(num, tuple((p, k) for p, k in powers.items() if k), scale)


def _least(a: Mono, b: Mono) -> Mono:
    """The least common multiple of two denominators."""
    powers = dict(a)
    for p, k in b:
        powers[p] = max(k, powers.get(p, 0))
    return tuple(sorted(powers.items()))


def _lift(s: Scalar, den: Mono, scale: int) -> Poly:
    """The numerator of `s` over a larger denominator."""
    missing = _expanded(poly.lower(den, s.den), scale // s.scale)
    return s.num if missing == UNIT else poly.mul(s.num, missing)


@lru_cache(maxsize=1 << 14)
def _expanded(den: Mono, scale: int) -> Poly:
    out: Poly = {(): scale}
    for p, k in den:
        out = poly.mul(out, poly.power(PRIMES[p], k))
    return out


def _inverse(b: Scalar) -> Scalar:
    """`1 / b`, the new denominator free of roots and factored."""
    above, below = b.below, b.num
    while roots := poly.variables(below) & SQUARES.keys():
        g = max(roots)  # the outermost: a root is registered after what stands under it
        parts = poly.split(below, frozenset({g}))
        odd = poly.mul(parts.get(((g, 1),), {}), {((g, 1),): 1})
        conjugate = poly.add(parts.get((), {}), odd, -1)
        above, below = reduced(poly.mul(above, conjugate)), reduced(poly.mul(below, conjugate))
    if not below:
        raise Pole("division by a difference of a root and what it is the root of")
    number, found = factors.factor(below)
    den = tuple(sorted((Prime(frozenset(q.items())).uid, k) for q, k in found))
    above = above if number > 0 else {m: -c for m, c in above.items()}
    return _lowest(above, den, abs(number), [p for p, _ in den])


UNIT: Poly = {(): 1}
ZERO = Scalar({})
ONE = Scalar(UNIT)
