"""A law in the algebra: its form, the map that it gives, and what the net is by it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.algebra.laws import flow_of
from fmdsl.algebra.vector import atom
from fmdsl.proofs.derive.said import Said, free
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.linear import solve_clocks
from fmdsl.syntax.expr import Expr, Number
from fmdsl.syntax.spec import Path

_FLOW = al.Net(flow_of(DATA_VELOCITY.fn))


@dataclass(frozen=True)
class Law:
    """`form = 0`, linear in one value of a net (`own`) and in one exact object (`exact`).

    It holds along any path between data and noise; None is the straight one.
    """

    said: Said
    form: Vector
    own: Jet
    exact: Jet
    path: Path | None = None

    @property
    def ends(self) -> tuple[Expr, Expr]:
        """The lowest and the highest time of the path."""
        if self.path is None or self.path.domain is None:
            return Number("0"), Number("1")
        return self.path.domain.operands[0], self.path.domain.operands[-1]

    @property
    def z(self) -> Vector:
        return al.state(self.said.state)

    @property
    def t(self) -> Scalar:
        return al.time(self.said.start)

    @property
    def r(self) -> Scalar:
        """The time to which the flow goes, for a law of a flow."""
        return self.exact.times[1]

    @cached_property
    def signs(self) -> dict[Scalar, Scalar]:
        """Clocks in the order of the flow, at which the sign of a number is read."""
        ends = {self.r: al.ONE / 5} if self.said.end_clock else {}
        return {self.t: al.ONE * 3 / 4, **ends, self.share: al.ONE / 3}

    @property
    def between(self) -> Scalar:
        """A time between, where the flow is split."""
        return al.time(self.fresh("m", "q", "k", "n"))

    @property
    def share(self) -> Scalar:
        """The share of the interval that lies before it."""
        return al.time(self.fresh("λ", "γ", "ρ", "κ"))

    @property
    def is_of_flow(self) -> bool:
        return self.said.end is not None

    @property
    def value(self) -> Vector:
        """The net where the law speaks of it."""
        return atom(self.own)

    @cached_property
    def truth(self) -> Vector:
        """The law solved for the net."""
        return self.value - self.form / self.form.terms[self.own]

    @cached_property
    def image(self) -> Vector:
        """The law solved for the flow, or for the velocity: what the net says it is."""
        return atom(self.exact) - self.form / self.form.terms[self.exact]

    def image_at(self, place: Vector, start: Scalar, end: Scalar) -> Vector:
        """The map of the net from another place, start and end."""
        clocks = solve_clocks(self.exact.times, (start, end), anywhere=True)
        times = {al.time(s.name): at for s, at in clocks.items()}
        return al.put(self.image, {self.z: place, **times})

    def by_image(self, form: Vector) -> Vector:
        """A form with every flow of the law read off the net."""
        return al.put(form, {_FLOW: self.image_at}) if self.is_of_flow else form

    def fresh(self, *wanted: str) -> str:
        """The first of these names that the law does not use."""
        return free({*self.said.params, self.said.net}, *wanted)

    def at(self, form: Vector, place: Vector, start: Scalar, end: Scalar | None = None) -> Vector:
        """A form of the law's arguments at others; the end stays where none is given."""
        ends = {} if end is None or self.said.end_clock is None else {self.r: end}
        return al.put(form, {self.z: place, self.t: start, **ends})

    def velocity(self, place: Vector, clock: Scalar) -> Vector:
        """The marginal velocity."""
        return DATA_VELOCITY(place, clock)

    def on_diagonal(self, form: Vector) -> Vector | None:
        """A form where the flow's two times meet; None where they never do, or at a pole."""
        if self.said.end is None:
            return None
        meet = {self.r: self.t} if self.said.end_clock else {self.t: self.r}
        try:
            return al.put(form, meet)
        except (al.Pole, RecursionError):
            return None

    @cached_property
    def diagonal(self) -> tuple[Scalar, Scalar, Vector] | None:
        """The net at equal times, `a * velocity + b * state`: a, b and the value itself."""
        truth, value = self.on_diagonal(self.truth), self.on_diagonal(self.value)
        if self.said.end_clock is None or truth is None or value is None:
            return None
        a, b = (truth.coefficient(p) for p in (self.velocity(self.z, self.t), self.z))
        rest = truth - a * self.velocity(self.z, self.t) - b * self.z
        return None if a.is_zero or not rest.is_zero else (a, b, value)

    @cached_property
    def kind(self) -> str:
        """What the net gives: the weight of states in its truth, and their level, tell."""
        exact = (al.ONE, self.r) if self.is_of_flow else (al.ZERO, al.ONE)
        told = {self.z: (al.ONE, self.t), atom(self.exact): exact}
        parts = [(self.truth.coefficient(p), *of) for p, of in told.items()]
        mass = sum((c * weight for c, weight, _ in parts), al.ZERO)
        moment = sum((c * level for c, _, level in parts), al.ZERO)
        if mass.is_zero and moment == al.ONE:
            return "tangent"
        if mass == al.ONE and self.is_of_flow and moment == self.r:
            return f"point@{al.text(moment)}"
        return "mean" if mass == al.ONE and moment.is_zero else "vector"
