"""Clocks told from the arguments they make: linear equations, one unknown at a time."""

from __future__ import annotations

from collections.abc import Sequence

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol
from fmdsl.algebra.field import generator


class Unknown(Exception):
    """The identity does not say what the net is there, or not in its arguments."""


def solve_clocks(
    own: Sequence[Scalar], given: Sequence[Scalar], anywhere: bool = False
) -> dict[Symbol, Scalar]:
    """The clocks that make the identity's times the given ones, one linear equation at a time."""
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
    return [g for g in s.deps if isinstance(g, Symbol) and g.kind == "time" and g not in found]


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
        raise Unknown(f"the clock {unknown[0].name} cannot be told from {al.text(own)}")
    start = al.put(al.put(own, {clock: 0}), known)
    found[unknown[0]] = (given - start) / al.put(slope, known)
