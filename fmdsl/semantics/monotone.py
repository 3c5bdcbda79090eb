"""Whether an expression rises or falls when something inside it rises."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from fmdsl.semantics.ranges import Ranges
from fmdsl.terms.term import Term

#: 1 rises, -1 falls, 0 does not depend, None not known.
Slope = int | None

_RISING = frozenset(
    {"let", "mean", "sum", "exp", "log", "sqrt", "softplus", "relu", "sigmoid", "tanh", "atan"}
)
_EITHER = frozenset({"+", "min", "max"})


@dataclass(frozen=True, slots=True)
class Monotone:
    """Slopes by the value of the terms that `inner` picks; what is under `sg` does not move."""

    inner: Callable[[Term], bool]
    facts: Ranges
    _known: dict[int, Slope] = field(default_factory=dict[int, Slope], repr=False, compare=False)

    def __call__(self, term: Term) -> Slope:
        if term.key not in self._known:
            self._known[term.key] = 1 if self.inner(term.bare) else self._slope(term)
        return self._known[term.key]

    def _slope(self, term: Term) -> Slope:
        if term.op == "sg":
            return 0
        slopes = [self(a) for a in term.args]
        if all(s == 0 for s in slopes):
            return 0
        match term.op:
            case op if op in _RISING:
                return slopes[0]
            case op if op in _EITHER:
                return _joined(slopes[0], slopes[1])
            case "-":
                return _joined(slopes[0], _turned(slopes[1]))
            case "neg":
                return _turned(slopes[0])
            case "clip" if slopes[1:] == [0, 0]:
                return slopes[0]
            case "where" if slopes[0] == 0:
                return _joined(slopes[1], slopes[2])
            case "*":
                return self._scaled(term, slopes)
            case "/" if slopes[1] == 0:
                return self._by(term.args[1], slopes[0])
            case _:
                return None

    def _scaled(self, term: Term, slopes: list[Slope]) -> Slope:
        if slopes[0] == 0:
            return self._by(term.args[0], slopes[1])
        return self._by(term.args[1], slopes[0]) if slopes[1] == 0 else None

    def _by(self, factor: Term, slope: Slope) -> Slope:
        low, high = self.facts.of(factor)
        if low >= 0:
            return slope
        return _turned(slope) if high <= 0 else None


def _turned(slope: Slope) -> Slope:
    return None if slope is None else -slope


def _joined(a: Slope, b: Slope) -> Slope:
    if a == 0 or b == 0:
        return b if a == 0 else a
    return a if a == b else None
