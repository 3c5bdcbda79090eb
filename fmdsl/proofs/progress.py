"""Schedules in `progress` as numbers: their values where training begins and where it ends."""

from __future__ import annotations

from fractions import Fraction

from fmdsl.semantics.routes import number_at
from fmdsl.terms.term import Term


def value_at(schedule: Term, progress: int) -> Fraction | None:
    """A schedule's value at the beginning (0) or the end (1); None where it has none."""
    value = number_at(schedule, {"progress": float(progress)})
    return None if value is None else Fraction(repr(value))
