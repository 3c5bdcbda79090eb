"""Substitution: times by scalars, states by vectors, functions by functions or by a truth.

A truth is a formula of places and times. Put for a net it rebuilds each jet: the formula is
differentiated in formal arguments and then read at the jet's own. Where that leaves 0/0 the
value is a limit.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Atom, Basis, Dot, Fn, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.derivative import Form, Tangent, derive
from fmdsl.algebra.field import ONE, ZERO, Pole, Scalar, generator
from fmdsl.algebra.intern import GENS, Gen
from fmdsl.algebra.scalar import dot, exp, sqrt, tan_half, value
from fmdsl.algebra.vector import Vector, again, atom, total

Truth = Callable[..., Any]
_formal = count()


def formal_time() -> Symbol:
    """A symbol no one else has."""
    return Symbol(f"h{next(_formal)}", "formal")


class Map:
    """A homomorphism of forms, reaching into places, directions and denominators."""

    def __init__(
        self,
        times: Mapping[Symbol, Scalar] | None = None,
        states: Mapping[Basis, Vector] | None = None,
        fns: Mapping[Fn, Fn | Truth] | None = None,
    ) -> None:
        self.times, self.states, self.fns = times or {}, states or {}, fns or {}
        self.changed = frozenset({*self.times, *self.states, *self.fns})
        self._atoms: dict[Atom, Vector] = {}
        self._gens: dict[Gen, Scalar] = {}

    def __call__(self, form: Form) -> Form:
        """The image; a pole at which the form has a limit gives the limit."""
        if self.changed.isdisjoint(form.deps):
            return form
        try:
            return self.scalar(form) if isinstance(form, Scalar) else self.vector(form)
        except Pole:
            if not self.times:
                raise
            return self._approach(form)

    def _approach(self, form: Form) -> Form:
        """The limit as the times come to their values, whichever way they come."""
        from fmdsl.algebra.limits import limit

        step, near, ways = formal_time(), dict(self.times), set[Symbol]()
        for name in (s for s in self.times if s in form.deps):
            speed = formal_time() if len(near) > 1 else None
            ways |= {speed} if speed else set()
            pace = generator(speed) if speed else ONE
            near[name] = self.times[name] + pace * generator(step)
        value = limit(Map(near, self.states, self.fns)(form), step)
        if not ways.isdisjoint(value.deps):
            raise Pole("the value depends on the way the times come together")
        return value

    def scalar(self, s: Scalar) -> Scalar:
        if self.changed.isdisjoint(s.deps):
            return s
        out = self._poly(s.num) / s.scale
        for prime, k in s.primes:
            image = self._poly(prime.num)
            for _ in range(k):
                out = out / image
        return out

    def vector(self, v: Vector) -> Vector:
        if self.changed.isdisjoint(v.deps):
            return v
        return total((self.scalar(c), self.atom(a)) for a, c in v.terms.items())

    def _poly(self, p: poly.Poly) -> Scalar:
        moved = frozenset(g for g in poly.variables(p) if not self.changed.isdisjoint(GENS[g].deps))
        out = ZERO
        for mono, rest in poly.split(p, moved).items():
            term = Scalar(rest)
            for g, k in mono:
                term = term * self.gen(GENS[g]) ** k
            out = out + term
        return out

    def gen(self, g: Gen) -> Scalar:
        if g not in self._gens:
            self._gens[g] = self._gen(g)
        return self._gens[g]

    def _gen(self, g: Gen) -> Scalar:
        match g:
            case Symbol():
                return self.times.get(g, generator(g))
            case Dot(left, right):
                return dot(self.atom(left), self.atom(right))
            case Value(jet):
                return self._value(jet)
            case Half(angle):
                return tan_half(self(angle))
            case Root(square, name):
                image = self(square)
                return sqrt(image, name if image == square else "")
            case _:
                raise TypeError(f"nothing to substitute in {g!r}")

    def _value(self, jet: Jet) -> Scalar:
        if jet.fn.name == "exp" and jet.fn.role == "function":
            return exp(self(jet.times[0]))
        image = self._jet(jet)
        return value(image) if isinstance(image, Vector) else image

    def atom(self, a: Atom) -> Vector:
        if self.changed.isdisjoint(a.deps):
            return atom(a)
        if a not in self._atoms:
            self._atoms[a] = self._atom(a)
        return self._atoms[a]

    def _atom(self, a: Atom) -> Vector:
        if isinstance(a, Basis):
            return self.states.get(a, atom(a))
        assert isinstance(a, Jet)
        image = self._jet(a)
        assert isinstance(image, Vector), f"{a.fn.name} gives vectors, its truth a scalar"
        return image

    def _jet(self, jet: Jet) -> Vector | Scalar:
        new = self.fns.get(jet.fn, jet.fn)
        places = [self(p) for p in jet.places]
        times = [self(s) for s in jet.times]
        dirs = [(slot, self.atom(d)) for slot, d in jet.dirs]
        if isinstance(new, Fn):
            return again(jet, fn=new, places=places, times=times, dirs=dirs)
        return realise(new, jet.labels, places, times, jet.orders, dirs)


def realise(
    truth: Truth,
    labels: tuple[str, ...],
    places: list[Vector],
    times: list[Scalar],
    orders: tuple[int, ...],
    dirs: list[tuple[int, Vector]],
) -> Vector | Scalar:
    """The jet of a formula at given arguments.

    A formula with a `chart` has a clock of its own, of which the time is that function.
    """
    spots = [Basis(f"p{i}", "formal") for i in range(len(places))]
    clocks = [Symbol(f"t{i}", "formal") for i in range(len(times))]
    named, rates = [generator(c) for c in clocks], [ONE for _ in clocks]
    chart = getattr(truth, "chart", None)
    if chart is not None:
        named, times = [chart(named[0])], [chart.told(times[0])]
        rates = [ONE / derive(named[0], Tangent({clocks[0]: ONE}))]
    form: Any = truth(*map(atom, spots), *named, *labels)
    for clock, rate, order in zip(clocks, rates, orders, strict=True):
        for _ in range(order):
            form = derive(form, Tangent({clock: rate}))
    for slot, d in dirs:
        form = derive(form, Tangent(states={spots[slot]: d}))
    near = dict(zip(clocks, times, strict=True))
    return Map(near, dict(zip(spots, places, strict=True)))(form)
