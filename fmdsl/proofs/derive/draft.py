"""A spec while it is written: its sections, and names that are not yet taken."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.said import free
from fmdsl.proofs.derive.say import added, call, number, put, text
from fmdsl.syntax.expr import Call, Expr, Name, names


@dataclass(slots=True)
class Draft:
    """The law's own names are taken from the start, and so are the `reserved` ones."""

    law: Law
    reserved: frozenset[str] = frozenset()
    heads: list[str] = field(default_factory=list[str])
    nets: dict[str, str] = field(default_factory=dict[str, str])
    draws: dict[str, str] = field(default_factory=dict[str, str])
    lets: dict[str, str] = field(default_factory=dict[str, str])
    terms: list[str] = field(default_factory=list[str])
    identities: list[str] = field(default_factory=list[str])
    sample: dict[str, str] = field(default_factory=dict[str, str])
    _names: dict[str, str] = field(default_factory=dict[str, str])

    def name(self, role: str, *wanted: str) -> str:
        """The name of what plays a role: the first wanted one that is free, and then the same."""
        if role not in self._names:
            said = self.law.said
            taken = {*said.params, said.net, *self.reserved, *self._names.values()}
            self._names[role] = free(taken, *wanted)
        return self._names[role]

    def has(self, role: str) -> bool:
        return role in self._names

    def let(self, role: str, body: Expr, *wanted: str, params: Iterable[str] = ()) -> str:
        """A let for a role, written once; its name."""
        known, name = self.has(role), self.name(role, *wanted)
        if not known:
            of = f"({', '.join(params)})" if params else ""
            self.lets[f"{name}{of}"] = text(body)
        return name

    @property
    def data(self) -> str:
        return self.name("data", "x", "x0", "y", "data0")

    @property
    def noise(self) -> str:
        return self.name("noise", "e", "ε", "n", "noise0")

    @property
    def uniform(self) -> str:
        """The law of a time that may be any on the path."""
        low, high = self.law.ends
        return f"uniform({text(low)}, {text(high)})"

    @property
    def state(self) -> Name:
        return Name(self.law.said.state)

    def conditional(self, state: Expr, clock: Scalar) -> Expr:
        """The velocity of the draws at a state on the path."""
        return call("D", state, number(clock))

    def net_at(self, state: Expr, start: Scalar, end: Scalar | None = None) -> Call:
        """The net's call at another state, start and end."""
        said, own = self.law.said, self.law.own
        moved: dict[object, Scalar] = {self.law.t: start}
        if said.end_clock is not None and end is not None:
            moved[self.law.r] = end
        clocks = iter(number(al.put(s, moved)) for s in own.times)
        args = [put(a, {said.state: state}) if said.state in names(a) else next(clocks)
                for a in said.call.args]  # fmt: skip
        return call(said.net, *args)

    def map(self, state: Expr, start: Scalar, end: Scalar) -> Call:
        """The net's map, a function of the spec: `f(z, r, t)`."""
        said, law = self.law.said, self.law
        f = self.let("map", self.image(), "f", "X", "Ψ", "image", params=said.params)
        moved = {said.state: state, said.start: number(start)}
        if said.end_clock is not None:
            moved[said.end_clock] = number(end)
        return call(f, *(moved.get(p, Name(p)) for p in said.params)) if law.is_of_flow else call(f)

    def image(self) -> Expr:
        """The law solved for the flow, or for the velocity."""
        law = self.law
        factor = law.image.coefficient(law.value)
        state = law.image.coefficient(law.z)
        parts = [(state, self.state), (factor, law.said.call)]
        return added(parts, law.signs)

    def second_state(self) -> tuple[Name, Scalar]:
        """Another state on the path, at a clock of its own: for the diagonal."""
        said = self.law.said
        clock = self.name("clock'", f"{said.start}'", "s'", "q'")
        state = self.name("state'", f"{said.state}'", "z''")
        self.draws[clock] = self.uniform
        self.lets[state] = f"path({self.data}, {self.noise}, {clock})"
        return Name(state), al.time(clock)
