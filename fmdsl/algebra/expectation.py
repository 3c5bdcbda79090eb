"""Conditional expectation: what a random draw is, given the point on the path.

The conditional velocity is `velocity(z, t) + ξ` with `E[ξ given z] = 0`. That is all that is
known of ξ: degree one vanishes, higher degrees remain as named moments, and a ξ inside a
place or a denominator is not decided.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Generic

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Basis, Symbol
from fmdsl.algebra.derivative import Form, Tangent
from fmdsl.algebra.field import ONE, ZERO, Scalar, generator
from fmdsl.algebra.substitute import Map, formal_time
from fmdsl.algebra.undecided import Undecided
from fmdsl.algebra.vector import Vector, atom


@dataclass(frozen=True)
class Path:
    """`z = alpha x + sigma e` at the time `t`, with schedules in `t`."""

    alpha: Scalar
    sigma: Scalar
    t: Symbol

    @property
    def speeds(self) -> tuple[Scalar, Scalar]:
        by_t = Tangent({self.t: ONE})
        return by_t.scalar(self.alpha), by_t.scalar(self.sigma)

    @property
    def _wronskian(self) -> Scalar:
        da, ds = self.speeds
        return ds * self.alpha - self.sigma * da

    def point(self, x: Vector, e: Vector) -> Vector:
        return self.alpha * x + self.sigma * e

    def conditional_velocity(self, x: Vector, e: Vector) -> Vector:
        da, ds = self.speeds
        return da * x + ds * e

    def data_mean(self, z: Vector, v: Vector) -> Vector:
        """`E[x given z]` from the marginal velocity (and x itself from the conditional)."""
        _, ds = self.speeds
        return (ds * z - self.sigma * v) / self._wronskian

    def noise_mean(self, z: Vector, v: Vector) -> Vector:
        """`E[e given z]` from the marginal velocity (and e itself from the conditional)."""
        da, _ = self.speeds
        return (self.alpha * v - da * z) / self._wronskian

    def score(self, z: Vector, v: Vector) -> Vector:
        """`∇ log p(z)` for Gaussian noise: `-E[e given z] / sigma`."""
        return -self.noise_mean(z, v) / self.sigma


@dataclass(frozen=True)
class Given:
    """The draws `x, e` seen from the point `z` they make: `v + ξ` in place of their velocity."""

    path: Path
    z: Vector
    v: Vector
    xi: Vector
    x: Basis
    e: Basis

    def __call__(self, form: Form) -> Form:
        """The form in terms of `z` and `ξ`."""
        velocity = self.v + self.xi
        draws = {
            self.x: self.path.data_mean(self.z, velocity),
            self.e: self.path.noise_mean(self.z, velocity),
        }
        return Map(states=draws)(form)


@dataclass(frozen=True)
class Expected(Generic[Form]):
    """`value` is what is known; `moments` are the parts of higher degree in ξ, by degree."""

    value: Form
    moments: dict[int, Form]

    @property
    def is_zero(self) -> bool:
        return self.value.is_zero and not self.moments


def expectation(form: Form, xi: Vector) -> Expected[Form]:
    """`E[form given z]`. Raises `Undecided` where ξ stands in a place or a denominator."""
    (draw,) = xi.terms
    assert isinstance(draw, Basis)
    size = formal_time()
    scaled = Map(states={draw: generator(size) * xi})(form)
    parts = degrees(scaled, size)
    zero: Any = form * ZERO
    moments = {k: part for k, part in parts.items() if k > 1 and not part.is_zero}
    return Expected(parts.get(0, zero), moments)


def degrees(form: Scalar | Vector, size: Symbol) -> dict[int, Any]:
    """The homogeneous parts of a form in which `size` multiplies every ξ."""
    if isinstance(form, Scalar):
        return _scalar_degrees(form, size)
    out: dict[int, Vector] = {}
    for a, c in form.terms.items():
        if size in a.deps:
            raise Undecided(_INSIDE, _whole(atom(a), size))
        for k, part in _scalar_degrees(c, size).items():
            out[k] = out.get(k, Vector({})) + part * atom(a)
    return out


def _scalar_degrees(s: Scalar, size: Symbol) -> dict[int, Scalar]:
    (number,) = poly.variables(generator(size).num)
    if number in poly.variables(s.below):
        raise Undecided("a random velocity stands in a denominator", _whole(Scalar(s.below), size))
    inside = [g for g in s.gens if size in g.deps and g.uid != number]
    if inside:
        raise Undecided(_INSIDE, _whole(generator(inside[0]), size))
    split = poly.split(s.num, frozenset({number}))
    return {dict(m).get(number, 0): Scalar(part) * s.over for m, part in split.items()}


_INSIDE = "a random velocity stands inside a function's place"


def _whole(form: Form, size: Symbol) -> Form:
    """The form as it was before the random velocity was scaled."""
    return Map({size: ONE})(form)
