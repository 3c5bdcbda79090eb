"""A spec at the settings at which its branches go the other way."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fmdsl.proofs.case import Case
from fmdsl.proofs.translate import decided
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.terms.term import Term, number, walk


def elsewhere(case: Case) -> Iterator[tuple[str, Case]]:
    """For each branch that a setting decides: `α = 0`, and the spec there."""
    tried: set[tuple[str, Fraction]] = set()
    for condition in _decided(case):
        for name, value in _values(condition):
            other = Case(elaborate_spec(case.spec.spec, {name: value}), case.in_haste)
            if (name, value) not in tried and _goes(other, condition) is False:
                tried.add((name, value))
                yield f"{name} = {value}", other
                break


def _decided(case: Case) -> Iterator[Term]:
    """The conditions of losses that hold by the values that settings have."""
    for group in case.spec.objectives:
        for t in walk(group.loss):
            if t.op == "where" and decided(t.args[0]) is not None:
                yield t.args[0].bare


def _values(condition: Term) -> Iterator[tuple[str, Fraction]]:
    """Values of its setting that may turn it: the number it is compared with, 0 and 1."""
    sides = [a.bare for a in condition.args]
    numbers = [n for a in sides if (n := number(a)) is not None]
    for side in sides:
        if side.op == "setting":
            yield from ((side["name"], v) for v in (*numbers, Fraction(0), Fraction(1)))


def _goes(other: Case, condition: Term) -> bool | None:
    """Whether the condition goes as it did: the other spec has it at the same place."""
    held = decided(condition)
    places = (c for c in _decided(other) if c.span == condition.span)
    return next((decided(c) is held for c in places), None)
