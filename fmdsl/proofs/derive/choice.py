"""A point of the table, as a user names it: law, variable, solved side, velocities, stop."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeVar

from fmdsl.catalog import closest
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.sides import SIDES, Side
from fmdsl.proofs.derive.stops import STOPS, Stop
from fmdsl.proofs.derive.variables import VARIABLES, Variable
from fmdsl.proofs.derive.velocities import VELOCITIES, Velocity

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Choice:
    """`velocity` stands where the velocity is free, `along` where the state moves along it."""

    law: Law
    by: Variable
    side: Side
    velocity: Velocity
    along: Velocity
    stop: Stop

    @property
    def key(self) -> str:
        """What the user calls the variable."""
        return self.by.key(self.law) or self.by.name

    @property
    def words(self) -> dict[str, str]:
        """The options that name it."""
        solved = self.law.said.net if self.side.name == "net" else self.side.name
        told = {"by": self.key, "for": solved, "velocity": self.velocity.name}
        along = {"along": self.along.name} if self.along is not self.velocity else {}
        return told | along | {"stop": self.stop.name}

    @property
    def stands(self) -> tuple[Velocity, ...]:
        """The velocities chosen."""
        return tuple(dict.fromkeys((self.velocity, self.along)))

    @property
    def uses(self) -> tuple[Velocity, ...]:
        """The velocities that stand in the identity."""
        if self.by.is_split:
            return ()
        own = (self.velocity, self.along) if self.by.moves_state else (self.velocity,)
        moved = own[1:] if self.side.is_prescribed and self.by.moves_state else own
        return tuple(dict.fromkeys(moved))


def choose(
    law: Law, by: str, solved: str = "", velocity: str = "", along: str = "", stop: str = ""
) -> Choice:
    """The point that these words name. Raises NotDerived where a word names nothing."""
    variable = _variable(law, by)
    side = _side(law, solved)
    given = velocity or ("teacher" if law.said.teacher else "conditional")
    stands = _named("velocity", given, VELOCITIES, "--velocity")
    moves = _named("velocity", along or given, VELOCITIES, "--along")
    if along and not variable.moves_state:
        raise NotDerived(f"by {by} no state moves along a velocity", "leave out --along")
    halt = _named("stop", stop or side.stop or variable.stops, STOPS, "--stop")
    return Choice(law, variable, side, stands, moves, halt)


def _variable(law: Law, by: str) -> Variable:
    keys = {v.key(law): v for v in VARIABLES.values()}
    if by in keys:
        return keys[by]
    if by in VARIABLES:
        variable = VARIABLES[by]
        if variable.key(law) is not None:
            return variable
        raise NotDerived(*variable.refusal)
    ways = ", ".join(f"--by {k}" for k in keys if k)
    asked = f"`{by}` is no clock of the law" if by else "it is not said by what"
    raise NotDerived(f"{asked} `{law.said.text}`", f"there are: {ways}")


def _side(law: Law, solved: str) -> Side:
    net = law.said.net
    if solved in ("", net):
        return SIDES["net"]
    if solved not in SIDES:
        raise NotDerived(f"`{solved}` is not in the law `{law.said.text}`",
                         f"there are: --for {net}, --for velocity, --for map")  # fmt: skip
    return SIDES[solved]


def _named(what: str, name: str, known: Mapping[str, T], option: str) -> T:
    if name in known:
        return known[name]
    near = closest(name, known)
    meant = f"; did you mean `{near}`?" if near else ""
    there = ", ".join(f"{option} {n}" for n in known)
    raise NotDerived(f"there is no {what} `{name}`{meant}", f"there are: {there}")
