"""Scalars: a field of rational functions over interned generators, in which zero is decided.

A scalar is `num / den` in lowest terms over the integers. Square roots are algebraic
generators: powers are reduced and denominators freed of them, so the form stays unique.
"""

from __future__ import annotations

from collections.abc import Hashable
from fractions import Fraction
from itertools import count
from typing import Any

from fmdsl.algebra import poly
from fmdsl.algebra.poly import Mono, Poly

Number = int | Fraction
Leaf = Hashable


class Interned(type):
    """One object per structure: equality is identity and a hash costs nothing."""

    _pool: dict[tuple[Any, ...], Any] = {}

    def __call__(cls, *args: Any) -> Any:
        made = super().__call__(*args)
        key = (cls, *(getattr(made, part) for part in made.__match_args__))
        found = Interned._pool.setdefault(key, made)
        if found is made:
            object.__setattr__(made, "uid", next(_numbers))
            made.made()
        return found


_numbers = count()
GENS: dict[int, Gen] = {}
SQUARES: dict[int, Poly] = {}


class Named(metaclass=Interned):
    """An interned object; `uid` orders by first appearance, parts before wholes."""

    uid: int

    @property
    def deps(self) -> frozenset[Leaf]:
        """The symbols, states and functions it is made of."""
        return frozenset()

    def made(self) -> None:
        """Called once, when the object is new and numbered."""


class Gen(Named):
    """A generator of the scalar field; `deps` are the named things it is made of."""

    def made(self) -> None:
        GENS[self.uid] = self


class Scalar:
    """An element of the field, in lowest terms; make one by arithmetic, never by hand."""

    __slots__ = ("_deps", "_hash", "den", "num")

    def __init__(self, num: Poly, den: Poly) -> None:
        self.num, self.den = num, den
        self._hash: int | None = None
        self._deps: frozenset[Leaf] | None = None

    @property
    def is_zero(self) -> bool:
        return not self.num

    @property
    def is_number(self) -> bool:
        return not poly.variables(self.num) and not poly.variables(self.den)

    @property
    def number(self) -> Fraction:
        """The rational value of a scalar without generators."""
        return Fraction(self.num.get((), 0), self.den[()])

    @property
    def gens(self) -> list[Gen]:
        return [GENS[g] for g in sorted(poly.variables(self.num) | poly.variables(self.den))]

    @property
    def deps(self) -> frozenset[Leaf]:
        if self._deps is None:
            self._deps = frozenset[Leaf]().union(*(g.deps for g in self.gens))
        return self._deps

    def __add__(self, other: Scalar | Number) -> Scalar:
        b = scalar(other)
        if not b.num or not self.num:
            return b if not self.num else self
        if self.den == b.den:
            return fraction(poly.add(self.num, b.num), self.den)
        cross = poly.add(poly.mul(self.num, b.den), poly.mul(b.num, self.den))
        return fraction(cross, poly.mul(self.den, b.den))

    __radd__ = __add__

    def __neg__(self) -> Scalar:
        return Scalar({m: -c for m, c in self.num.items()}, self.den)

    def __sub__(self, other: Scalar | Number) -> Scalar:
        return self + -scalar(other)

    def __rsub__(self, other: Number) -> Scalar:
        return scalar(other) + -self

    def __mul__(self, other: Any) -> Any:
        if not isinstance(other, (Scalar, int, Fraction)):
            return NotImplemented
        b = scalar(other)
        if self is ONE or b is ONE:
            return b if self is ONE else self
        return fraction(poly.mul(self.num, b.num), poly.mul(self.den, b.den))

    __rmul__ = __mul__

    def __truediv__(self, other: Scalar | Number) -> Scalar:
        b = scalar(other)
        if b.is_zero:
            raise Pole(f"division by zero: {self!r} / 0")
        return fraction(poly.mul(self.num, b.den), poly.mul(self.den, b.num))

    def __rtruediv__(self, other: Number) -> Scalar:
        return scalar(other) / self

    def __pow__(self, k: int) -> Scalar:
        if k < 0:
            return ONE / self**-k
        return fraction(poly.power(self.num, k), poly.power(self.den, k))

    def __eq__(self, other: object) -> bool:
        if self is other:
            return True
        if isinstance(other, (int, Fraction)):
            other = scalar(other)
        return isinstance(other, Scalar) and self.num == other.num and self.den == other.den

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash((frozenset(self.num.items()), frozenset(self.den.items())))
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
    if value == 0:
        return ZERO
    if value == 1:
        return ONE
    q = Fraction(value)
    return Scalar({(): q.numerator}, {(): q.denominator})


def generator(g: Gen) -> Scalar:
    return Scalar({((g.uid, 1),): 1}, {(): 1})


def fraction(num: Poly, den: Poly) -> Scalar:
    """`num / den` in its one form: roots reduced, denominator free of them, lowest terms."""
    if SQUARES:
        num, den = _rationalise(_reduce(num), _reduce(den))
    if not num:
        return ZERO
    if den == UNIT:
        return Scalar(num, den)
    return Scalar(*poly.cancel(num, den))


def _reduce(p: Poly) -> Poly:
    while True:
        high = next(((m, g, k) for m in p for g, k in m if k > 1 and g in SQUARES), None)
        if high is None:
            return p
        m, g, k = high
        rest: Mono = tuple((h, k % 2 if h == g else j) for h, j in m if h != g or k % 2)
        expanded = poly.mul({rest: p[m]}, poly.power(SQUARES[g], k // 2))
        p = poly.add({n: c for n, c in p.items() if n != m}, expanded)


def _rationalise(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    while roots := poly.variables(den) & SQUARES.keys():
        g = max(roots)  # the outermost: a root is registered after what stands under it
        parts = poly.split(den, frozenset({g}))
        odd = poly.mul(parts.get(((g, 1),), {}), {((g, 1),): 1})
        conjugate = poly.add(parts.get((), {}), odd, -1)
        num, den = _reduce(poly.mul(num, conjugate)), _reduce(poly.mul(den, conjugate))
    return num, den


UNIT: Poly = {(): 1}
ZERO = Scalar({}, {(): 1})
ONE = Scalar({(): 1}, {(): 1})
