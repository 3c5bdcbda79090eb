"""What the algebra may say of two forms: equal, or a residual that is not zero here.

A residual is not a refutation: it becomes one with a numeric counterexample.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl.algebra.derivative import Form
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.vector import Vector


@dataclass(frozen=True, slots=True)
class Proved:
    """Every coefficient of the difference is zero."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True, slots=True)
class Residual:
    """The difference that is left."""

    form: Scalar | Vector

    def __bool__(self) -> bool:
        return False


def equal(a: Form, b: Form) -> Proved | Residual:
    """Whether two forms are the same, in every dimension."""
    return vanishes(a - b)


def vanishes(form: Scalar | Vector) -> Proved | Residual:
    return Proved() if form.is_zero else Residual(form)
