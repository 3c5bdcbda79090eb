"""A branch on a clock inside an exact object: `where(t < 0.75, a, b)` is `b + (a - b) step`.

The step is 1 where the difference of the two sides is negative, else 0. It is flat: a derivative
by the clock is taken on either side. In a term of a loss, which has taken a side of its branches,
the step is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.algebra.substitute import Map
from fmdsl.proofs.linear import Unknown

COMPARED = frozenset({"<", "<=", ">", ">="})
#: A step's name, the difference that it is of, and its value.
Way = tuple[str, Scalar, bool]
_NAMES = {"<": "negative", ">": "negative", "<=": "not_positive", ">=": "not_positive"}
_FUNCTIONS = tuple(al.Fn(name, "function") for name in dict.fromkeys(_NAMES.values()))
#: In a substitution of truths: on which side of its branches a term is.
SIDE = al.scalar_net("side", "function")


def step(op: str, gap: Scalar) -> Scalar:
    """The step of a comparison of this difference with zero; a number where it is one."""
    name, gap, _ = way(op, gap, True)
    if gap.is_number:
        below = gap.number < 0 or (name == "not_positive" and gap.is_zero)
        return al.ONE if below else al.ZERO
    return al.function(name, gap)


def way(op: str, gap: Scalar, held: bool) -> Way:
    """A comparison as a step of a difference, and whether it holds."""
    return _NAMES[op], gap if op in ("<", "<=") else -gap, held


def decided(form: Any, ways: Iterable[Way]) -> Any:
    """The form with the steps that are known as numbers. Raises Unknown at another step."""
    return _Decided(ways)(form)


class _Decided(Map):
    """The substitution of steps by their values."""

    def __init__(self, ways: Iterable[Way]) -> None:
        super().__init__(fns={f: f for f in _FUNCTIONS})
        self.known = {(name, gap): al.ONE if held else al.ZERO for name, gap, held in ways}

    def _value(self, jet: al.Jet) -> Scalar:
        if jet.fn not in self.fns:
            return super()._value(jet)
        gap = self.scalar(jet.times[0])
        if (jet.fn.name, gap) not in self.known:
            raise Unknown(f"the identity branches by the sign of {al.text(gap)}, the term does not")
        return self.known[jet.fn.name, gap]
