"""Values of forms in a random world: for counterexamples, and to test the algebra by.

A residual that has a non-zero value in some world is refuted there; the world is reproduced
from its seed.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Atom, Basis, Dot, Fn, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.derivative import STEPS
from fmdsl.algebra.dual import Dual, Real, elementary, lift, reciprocal
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.instances import (
    Family,
    Gaussian,
    derivative,
    family,
    gaussian,
    polynomial,
    rational,
)  # fmt: skip
from fmdsl.algebra.intern import GENS, Gen
from fmdsl.algebra.vector import Vector

EXTREMES = {"min": min, "max": max}
ELEMENTARY = ("exp", "log", "atan", "sin", "cos")
Answer = Real | list[Any]


class NoValue(ValueError):
    """A form that has no closed value in a random world."""


class World:
    """Random values for every name: numbers, vectors, nets, and flows with their velocities.

    `tied` gives a net and its stopped and ema copies the same weights; the fields named in
    `gaussian` are marginal velocities of the linear path, others obey no law of a path.
    """

    def __init__(
        self, seed: int = 0, dim: int = 3, tied: bool = False, gaussian: Sequence[str] = ()
    ) -> None:
        self.seed, self.dim, self.tied, self.gaussian = seed, dim, tied, tuple(gaussian)
        self.given: dict[Any, Any] = {}
        self._values: dict[Any, Any] = {}

    def _rng(self, *key: str) -> random.Random:
        return random.Random("/".join((str(self.seed), *key)))

    def evaluate(self, form: Scalar | Vector) -> Answer:
        """The value: a number, or a list of `dim` of them; exact while all is rational."""
        return self.scalar(form) if isinstance(form, Scalar) else self.vector(form)

    def scalar(self, s: Scalar) -> Real:
        return self._poly(s.num) * reciprocal(self._poly(s.below))

    def vector(self, v: Vector) -> list[Real]:
        out: list[Real] = [Fraction(0)] * self.dim
        for a, c in v.terms.items():
            k = self.scalar(c)
            out = [x + k * y for x, y in zip(out, self.atom(a), strict=True)]
        return out

    def _poly(self, p: poly.Poly) -> Real:
        out: Real = Fraction(0)
        for mono, c in p.items():
            term: Real = Fraction(c)
            for g, k in mono:
                term = term * self.gen(GENS[g]) ** k
            out = out + term
        return out

    def gen(self, g: Gen) -> Real:
        if g not in self._values:
            self._values[g] = self._gen(g)
        return self._values[g]

    def _gen(self, g: Gen) -> Real:
        match g:
            case Symbol(name, kind):
                return self.given.get(g, rational(self._rng("symbol", kind, name), 9))
            case Dot(left, right):
                pairs = zip(self.atom(left), self.atom(right), strict=True)
                return sum((x * y for x, y in pairs), Fraction(0))
            case Half(angle):
                return elementary("tan", self.scalar(angle) / 2)
            case Root(square):
                return elementary("sqrt", self.scalar(square))
            case Value(jet):
                if jet.fn.name in ELEMENTARY and jet.fn.role == "function":
                    return elementary(jet.fn.name, self.scalar(jet.times[0]))
                if jet.fn.name in EXTREMES and jet.fn.role == "function" and not any(jet.orders):
                    return EXTREMES[jet.fn.name](self.scalar(t) for t in jet.times)
                if jet.fn.name in STEPS and jet.fn.role == "function":
                    raise NoValue(f"on which side of its jump `{jet.fn.name}` is")
                return self._jet(jet)[0]
            case _:
                raise TypeError(f"no value for {g!r}")

    def atom(self, a: Atom) -> list[Real]:
        if a not in self._values:
            self._values[a] = self._atom(a)
        return self._values[a]

    def _atom(self, a: Atom) -> list[Real]:
        if isinstance(a, Basis):
            rng = self._rng("vector", a.kind, a.name)
            return self.given.get(a, [rational(rng) for _ in range(self.dim)])
        assert isinstance(a, Jet)
        return self._jet(a)

    def _jet(self, jet: Jet) -> list[Real]:
        """The function at arguments moved by one infinitesimal per derivative."""
        places = [[lift(x) for x in self.vector(p)] for p in jet.places]
        times = [lift(self.scalar(s)) for s in jet.times]
        count = 0
        for slot, direction in jet.dirs:
            step = Dual({1 << count: 1})
            moved = zip(places[slot], self.atom(direction), strict=True)
            places[slot] = [x + step * d for x, d in moved]
            count += 1
        for i, order in enumerate(jet.orders):
            for _ in range(order):
                times[i] = times[i] + Dual({1 << count: 1})
                count += 1
        return derivative(self._call(jet, places, times), count)

    def _call(self, jet: Jet, places: list[list[Dual]], times: list[Dual]) -> list[Any]:
        fn = jet.fn
        if fn.role == "flow":
            assert fn.of is not None
            if fn.of.rule is not None:
                raise NoValue(f"the flow of `{fn.name}`, a combination, has no closed form")
            return self.field(fn.of, jet.labels).flow(places[0], *times)
        if fn.role in ("field", "teacher") and (len(places), len(times)) == (1, 1):
            return self.field(fn, jet.labels).velocity(places[0], times[0])
        inputs = [x for place in places for x in place] + times
        return [p(inputs) for p in self._net(fn, jet.labels, len(inputs))]

    def field(self, fn: Fn, labels: tuple[str, ...]) -> Family | Gaussian:
        """The family of maps behind a velocity and its flow."""
        if fn in self.given:
            return self.given[fn]
        rng = self._rng("field", fn.name, *labels)
        return gaussian(rng, self.dim) if fn.name in self.gaussian else family(rng, self.dim)

    def _net(self, fn: Fn, labels: tuple[str, ...], arity: int) -> list[Any]:
        if fn in self.given:
            return self.given[fn]
        rng = self._rng("net", fn.name, fn.role, "" if self.tied else fn.copy, *labels)
        return [polynomial(rng, arity) for _ in range(self.dim)]


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A world, by its seed and dimension, where the form is not zero, and its value there.

    `at` says instead which numbers were taken, where none is left to the seed.
    """

    seed: int
    dim: int
    value: Answer
    at: str = ""


def refute(
    form: Scalar | Vector, tries: int = 4, dim: int = 2, gaussian: Sequence[str] = ()
) -> Counterexample | None:
    """A world where the form is not zero, if one is found."""
    for seed in range(tries):
        try:
            value = World(seed, dim, gaussian=gaussian).evaluate(form)
        except (ZeroDivisionError, NoValue):
            continue
        if not negligible(value):
            return Counterexample(seed, dim, value)
    return None


def negligible(value: Answer) -> bool:
    """Zero exactly where all is rational, to forty digits where it is not."""
    entries = value if isinstance(value, list) else [value]
    return all(x == 0 if isinstance(x, (int, Fraction)) else abs(x) < 1e-40 for x in entries)
