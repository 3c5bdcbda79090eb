"""One derivation: along times, along states, and along nets. Leibniz and the chain rule once.

The total derivative by a time, the directional derivative along a state's tangent, and the
variation of a loss by a net's weights are the same map with different generators moved.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeVar

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Atom, Basis, Dot, Fn, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.field import ONE, ZERO, Scalar, generator
from fmdsl.algebra.intern import GENS, Gen
from fmdsl.algebra.scalar import dot, value
from fmdsl.algebra.vector import NULL, Vector, again, atom, directions, total

Form = TypeVar("Form", Scalar, Vector)
Motion = Callable[[Jet, "Tangent"], Vector]
MOTIONS: dict[str, Motion] = {}
SLOPES: dict[str, Callable[[Scalar], Scalar]] = {}
#: Functions that are 1 where their arguments are, and 0 elsewhere: flat, beside their jumps.
STEPS = ("negative", "not_positive")


class Tangent:
    """How the generators move: times by scalars, states by vectors, nets by variations."""

    def __init__(
        self,
        times: Mapping[Symbol, Scalar] | None = None,
        states: Mapping[Basis, Vector] | None = None,
        nets: Mapping[Fn, Fn] | None = None,
    ) -> None:
        self.times, self.states, self.nets = times or {}, states or {}, nets or {}
        self.moved = frozenset({*self.times, *self.states, *self.nets})
        self._atoms: dict[Atom, Vector] = {}
        self._gens: dict[Gen, Scalar] = {}

    def scalar(self, s: Scalar) -> Scalar:
        """The derivative of a scalar: the quotient rule over its generators."""
        if self.moved.isdisjoint(s.deps):
            return ZERO
        out = self._poly(s.num) * s.over
        for prime, k in s.primes:
            out = out - k * s * self._poly(prime.num) / prime
        return out

    def vector(self, v: Vector) -> Vector:
        """The derivative of a vector: coefficients and atoms both move."""
        if self.moved.isdisjoint(v.deps):
            return NULL
        parts: list[tuple[Scalar, Vector]] = []
        for a, c in v.terms.items():
            parts.append((self.scalar(c), atom(a)))
            parts.append((c, self.atom(a)))
        return total(parts)

    def _poly(self, p: poly.Poly) -> Scalar:
        out = ZERO
        for g in sorted(poly.variables(p)):
            if not self.moved.isdisjoint(GENS[g].deps):
                out = out + Scalar(poly.diff(p, g)) * self.gen(GENS[g])
        return out

    def gen(self, g: Gen) -> Scalar:
        if g not in self._gens:
            self._gens[g] = self._gen(g)
        return self._gens[g]

    def _gen(self, g: Gen) -> Scalar:
        match g:
            case Symbol():
                return self.times.get(g, ZERO)
            case Dot(left, right):
                return dot(self.atom(left), atom(right)) + dot(atom(left), self.atom(right))
            case Value(jet):
                slope = SLOPES.get(jet.fn.name) if jet.fn.role == "function" else None
                if slope:
                    return slope(jet.times[0]) * self.scalar(jet.times[0])
                return value(self.atom(jet))
            case Half(angle):
                half = generator(g)
                return (1 + half * half) / 2 * self.scalar(angle)
            case Root(square):
                return self.scalar(square) / (2 * generator(g))
            case _:
                raise TypeError(f"no derivative of {g!r}")

    def atom(self, a: Atom) -> Vector:
        if self.moved.isdisjoint(a.deps):
            return NULL
        if a not in self._atoms:
            self._atoms[a] = self._atom(a)
        return self._atoms[a]

    def _atom(self, a: Atom) -> Vector:
        if isinstance(a, Basis):
            return self.states.get(a, NULL)
        assert isinstance(a, Jet)
        return MOTIONS.get(a.fn.role, net_motion)(a, self)


def net_motion(jet: Jet, along: Tangent) -> Vector:
    """A function moves with its weights, its times, its places and its directions."""
    parts: list[tuple[Scalar, Vector]] = [(ONE, place_motion(jet, along))]
    if jet.fn in along.nets:
        parts.append((ONE, again(jet, fn=along.nets[jet.fn])))
    for i, time in enumerate(jet.times):
        speed = along.scalar(time)
        if not speed.is_zero:
            orders = tuple(k + (i == j) for j, k in enumerate(jet.orders))
            parts.append((speed, again(jet, orders=orders)))
    return total(parts)


def place_motion(jet: Jet, along: Tangent) -> Vector:
    """One more direction for each moving place, and each moving direction in turn."""
    held = directions(jet)
    parts: list[tuple[Scalar, Vector]] = []
    for slot, place in enumerate(jet.places):
        step = along.vector(place)
        if not step.is_zero:
            parts.append((ONE, again(jet, dirs=[*held, (slot, step)])))
    for i, (slot, a) in enumerate(jet.dirs):
        turn = along.atom(a)
        if not turn.is_zero:
            moved = [*held[:i], (slot, turn), *held[i + 1 :]]
            parts.append((ONE, again(jet, dirs=moved)))
    return total(parts)


def derive(form: Form, along: Tangent) -> Form:
    """The derivative of a scalar or a vector."""
    return along.scalar(form) if isinstance(form, Scalar) else along.vector(form)
