"""Clocks told from the arguments they make: linear equations, one unknown at a time.

A time that is no linear function of its clock, `sin(t) / (cos(t) + sin(t))`, tells the clock where
it is given as the same function of another one: the identity holds of every clock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol
from fmdsl.algebra.field import generator


class Unknown(Exception):
    """The identity does not say what the net is there, or not in its arguments."""


@dataclass(frozen=True)
class Chart:
    """A time as a function of a clock, and the clock told from it."""

    time: Scalar
    clock: Symbol

    def __call__(self, clock: Scalar) -> Scalar:
        return al.put(self.time, {generator(self.clock): clock})

    def told(self, given: Scalar) -> Scalar:
        """The clock of which a given time is this function. Raises Unknown."""
        symbols = (s for s in al.symbols(given) if s.kind in ("time", "formal"))
        for other in map(generator, symbols):
            if self(other) == given:
                return other
        raise Unknown(f"the clock {self.clock.name} cannot be told from {al.text(self.time)}")


def chart_of(times: Sequence[Scalar]) -> Chart | None:
    """The chart of a net's only time, where that is no linear function of its clock."""
    clocks = _open(times[0], {}) if len(times) == 1 else []
    if len(clocks) != 1 or clocks[0] not in al.D(times[0], generator(clocks[0])).deps:
        return None
    return Chart(times[0], clocks[0])


def solve_clocks(
    own: Sequence[Scalar], given: Sequence[Scalar], anywhere: bool = False
) -> dict[Symbol, Scalar]:
    """The clocks that make the identity's times the given ones, one linear equation at a time."""
    if len(own) != len(given):
        raise Unknown("the nets are told different clocks")
    found: dict[Symbol, Scalar] = {}
    rest = list(zip(own, given, strict=True))
    while rest:
        ready = next((p for p in rest if len(_open(p[0], found)) <= 1), None)
        if ready is None:
            raise Unknown("the clocks of the identity cannot be told from the net's arguments")
        rest.remove(ready)
        _take(ready, found, anywhere)
    return found


def _open(s: Scalar, found: dict[Symbol, Scalar]) -> list[Symbol]:
    return [g for g in al.symbols(s) if g.kind == "time" and g not in found]


def _take(pair: tuple[Scalar, Scalar], found: dict[Symbol, Scalar], anywhere: bool) -> None:
    own, given = pair
    unknown = _open(own, found)
    known = {generator(s): v for s, v in found.items() if s in own.deps}
    if not unknown:
        if not anywhere and al.put(own, known) != given:
            raise Unknown(
                f"the identity speaks of the net at {al.text(own)}, not at {al.text(given)}"
            )
        return
    clock = generator(unknown[0])
    slope = al.D(own, clock)
    if unknown[0] in slope.deps or slope.is_zero:
        found[unknown[0]] = Chart(own, unknown[0]).told(given)
        return
    start = al.put(al.put(own, {clock: 0}), known)
    found[unknown[0]] = (given - start) / al.put(slope, known)
