"""Random worlds in which forms have values: polynomial nets and flows known in closed form.

A flow is `φ_r ∘ φ_t⁻¹` for a family of shears φ_t, hence exact, nonlinear, with a
non-symmetric Jacobian, in rational arithmetic; its velocity is the derivative of that.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fmdsl.algebra.dual import Dual, Real, elementary, lift, root

Numbers = Sequence[Any]


def rational(rng: random.Random, size: int = 6) -> Fraction:
    """A fraction that is neither zero nor one."""
    while True:
        q = Fraction(rng.randint(-size, size), rng.randint(2, 5))
        if q not in (0, 1, -1):
            return q


@dataclass(frozen=True)
class Polynomial:
    """A function of numbers: random coefficients on all monomials up to degree three."""

    terms: tuple[tuple[Fraction, tuple[int, ...]], ...]

    def __call__(self, inputs: Numbers) -> Any:
        out: Any = 0
        for c, picks in self.terms:
            product: Any = c
            for i in picks:
                product = product * inputs[i]
            out = out + product
        return out


def polynomial(rng: random.Random, arity: int, terms: int = 8, top: int = 3) -> Polynomial:
    """Every input linearly, and some of the products, so that nothing is hidden by symmetry."""
    picks: list[tuple[int, ...]] = [(), *((i,) for i in range(arity))]
    for _ in range(terms if arity else 0):
        degree = rng.randint(2, top)
        picks.append(tuple(rng.randrange(arity) for _ in range(degree)))
    return Polynomial(tuple((rational(rng), pick) for pick in picks))


class Family:
    """A family of invertible maps φ_t; its flow is `φ_r ∘ φ_t⁻¹`."""

    def there(self, z: Numbers, t: Any) -> list[Any]:
        raise NotImplementedError

    def back(self, z: Numbers, t: Any) -> list[Any]:
        raise NotImplementedError

    def flow(self, z: Numbers, start: Any, end: Any) -> list[Any]:
        return self.there(self.back(z, start), end)

    def velocity(self, z: Numbers, t: Any) -> list[Any]:
        """The derivative of the flow by its end time, at the start."""
        free = 1 << 60  # an infinitesimal that no derivative in hand uses
        later = self.flow(z, t, lift(t) + Dual({free: 1}))
        return [Dual({m ^ free: c for m, c in lift(x).parts.items() if m & free}) for x in later]


@dataclass(frozen=True)
class Shears(Family):
    """`z_i += p(z_other, t)` one after the other."""

    steps: tuple[tuple[int, Polynomial], ...]

    def there(self, z: Numbers, t: Any) -> list[Any]:
        out = list(z)
        for i, p in self.steps:
            out[i] = out[i] + p(self._others(out, i, t))
        return out

    def back(self, z: Numbers, t: Any) -> list[Any]:
        out = list(z)
        for i, p in reversed(self.steps):
            out[i] = out[i] - p(self._others(out, i, t))
        return out

    def _others(self, z: Numbers, i: int, t: Any) -> list[Any]:
        return [*z[:i], *z[i + 1 :], t]


@dataclass(frozen=True)
class Moebius(Family):
    """`w / (1 + q(t) w)` with `w = z + p(t)`: on a line, where shears are translations only."""

    p: Polynomial
    q: Polynomial

    def there(self, z: Numbers, t: Any) -> list[Any]:
        w = z[0] + self.p([t])
        return [w / (1 + self.q([t]) * w)]

    def back(self, z: Numbers, t: Any) -> list[Any]:
        return [z[0] / (1 - self.q([t]) * z[0]) - self.p([t])]


@dataclass(frozen=True)
class Gaussian:
    """The lawful field: `z = (1-t) x + t e` with x Gaussian, its axes turned.

    Its Jacobian is symmetric, as that of every marginal velocity is.
    """

    turn: tuple[tuple[Fraction, ...], ...]
    means: tuple[Fraction, ...]
    scales: tuple[Fraction, ...]

    def flow(self, z: Numbers, start: Any, end: Any) -> list[Any]:
        """`Ψ(z) = (1-r) m + S(r)/S(t) (z - (1-t) m)` on each axis."""
        out: list[Any] = []
        for y, m, s in zip(self._axes(z), self.means, self.scales, strict=True):
            growth = deviation(s, end) / deviation(s, start)
            out.append((1 - end) * m + growth * (y - (1 - start) * m))
        return self._world(out)

    def velocity(self, z: Numbers, t: Any) -> list[Any]:
        """`E[e - x given z]`."""
        out: list[Any] = []
        for y, m, s in zip(self._axes(z), self.means, self.scales, strict=True):
            rate = (t - (1 - t) * s * s) / _variance(s, t)
            out.append(rate * (y - (1 - t) * m) - m)
        return self._world(out)

    def _axes(self, z: Numbers) -> list[Any]:
        return [_sum(c * x for c, x in zip(row, z, strict=True)) for row in self.turn]

    def _world(self, y: Numbers) -> list[Any]:
        columns = zip(*self.turn, strict=True)
        return [_sum(c * x for c, x in zip(column, y, strict=True)) for column in columns]


def gaussian(rng: random.Random, dim: int) -> Gaussian:
    """Random means and scales, neither zero nor one, on axes turned by a rational angle."""
    turn = [[Fraction(int(i == j)) for j in range(dim)] for i in range(dim)]
    if dim > 1:
        turn[0][:2], turn[1][:2] = (
            [Fraction(3, 5), Fraction(-4, 5)],
            [Fraction(4, 5), Fraction(3, 5)],
        )
    scales = tuple(abs(rational(rng)) for _ in range(dim))
    return Gaussian(tuple(map(tuple, turn)), tuple(rational(rng) for _ in range(dim)), scales)


def _variance(s: Fraction, t: Any) -> Any:
    return (1 - t) * (1 - t) * s * s + t * t


def deviation(s: Fraction, t: Any) -> Dual:
    """`S(t)`, to sixty digits."""
    square = lift(_variance(s, t))
    return root(square, elementary("sqrt", square.part(0)))


def _sum(terms: Iterable[Any]) -> Any:
    return sum(terms, Fraction(0))


def family(rng: random.Random, dim: int) -> Family:
    """Random shears, or in one dimension a Möbius map."""
    if dim == 1:
        return Moebius(polynomial(rng, 1, terms=1, top=2), polynomial(rng, 1, terms=1, top=2))
    order = [i % dim for i in range(dim + 1)]
    return Shears(tuple((i, polynomial(rng, dim, terms=4, top=2)) for i in order))


def derivative(outputs: Sequence[Any], count: int) -> list[Real]:
    """The coefficients of the product of the first `count` infinitesimals."""
    return [lift(x).part((1 << count) - 1) for x in outputs]
