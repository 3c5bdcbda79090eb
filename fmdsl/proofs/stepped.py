"""A branch on a clock inside an exact object: `where(t < 0.75, a, b)` is `b + (a - b) step`.

The step is 1 where the difference of the two sides is negative, else 0; of `a <= t <= b` it is 1
where no difference is positive. It is flat: a derivative by the clock is taken on either side. In
a term of a loss, which has taken a side of its branches, the step is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.algebra.derivative import STEPS
from fmdsl.algebra.substitute import Map

COMPARED = frozenset({"<", "<=", ">", ">="})
#: A step's name, the differences that it is of, and whether it is 1.
Way = tuple[str, tuple[Scalar, ...], bool]
_NAMES = {"<": "negative", ">": "negative", "<=": "not_positive", ">=": "not_positive"}
_FUNCTIONS = tuple(al.Fn(name, "function") for name in STEPS)
#: In a substitution of truths: on which side of its branches a term is.
SIDE = al.scalar_net("side", "function")


def step(sides: Iterable[tuple[str, Scalar]]) -> Scalar | None:
    """The step of comparisons of differences with zero, all to hold; None where they mix."""
    ways = [way([side], True) for side in sides]
    gaps = [gap for _, (gap,), _ in ways if not gap.is_number]
    if any(not _holds(name, gap) for name, (gap,), _ in ways if gap.is_number):
        return al.ZERO
    if not gaps:
        return al.ONE
    names = [name for name, _, _ in ways]
    return al.function(names[0], *gaps) if len(set(names)) == 1 else None


def _holds(name: str, gap: Scalar) -> bool:
    return gap.number < 0 or (name == "not_positive" and gap.is_zero)


def way(sides: Iterable[tuple[str, Scalar]], held: bool) -> Way:
    """Comparisons as a step of differences, and whether all hold."""
    sides = list(sides)
    gaps = tuple(gap if op in ("<", "<=") else -gap for op, gap in sides)
    return _NAMES[sides[0][0]], gaps, held


def within(clock: Scalar, low: Scalar, high: Scalar) -> Iterator[Way]:
    """What is known of a clock's steps by where it lies."""
    yield "not_positive", (low - clock,), True
    yield "not_positive", (clock - high,), True


def decided(form: Any, ways: Iterable[Way]) -> Any:
    """The form with the steps that are known as numbers."""
    return _Decided(ways)(form)


def undecided(form: Any) -> str:
    """Why a form that holds steps is not told from zero; empty where it holds none."""
    left = _Decided(())
    left(form)
    told = " and of ".join(dict.fromkeys(left.left))
    return f"the identity branches by the sign of {told}, the term does not" if told else ""


class _Decided(Map):
    """The substitution of steps by their values; what is not known is `left`."""

    def __init__(self, ways: Iterable[Way]) -> None:
        super().__init__(fns={f: f for f in _FUNCTIONS})
        self.known = {(name, gaps): held for name, gaps, held in ways}
        self.left: list[str] = []

    def _value(self, jet: al.Jet) -> Scalar:
        if jet.fn not in self.fns:
            return super()._value(jet)
        gaps = tuple(map(self.scalar, jet.times))
        held = self.known.get((jet.fn.name, gaps))
        if held is None and all(self.known.get((jet.fn.name, (gap,))) for gap in gaps):
            held = True
        if held is None:
            self.left += map(al.text, gaps)
            return al.function(jet.fn.name, *gaps)
        return al.ONE if held else al.ZERO
