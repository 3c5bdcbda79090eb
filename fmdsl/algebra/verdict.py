"""What the algebra may say of two forms: equal, or a residual that is not zero here.

A residual is not a refutation: it becomes one with a numeric counterexample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fmdsl.algebra.atoms import Fn
from fmdsl.algebra.derivative import Form
from fmdsl.algebra.expectation import Expected, Given, expectation
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.gradient import gradient
from fmdsl.algebra.language import Net, ScalarNet, put
from fmdsl.algebra.substitute import Truth
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
    """Whether a form is zero."""
    return Proved() if form.is_zero else Residual(form)


def stationarity(
    loss: Scalar,
    truths: Mapping[Net | ScalarNet, Truth | Net],
    given: Given,
    nets: Iterable[Fn] | None = None,
) -> Expected[Scalar]:
    """`E[gradient given z]` where each net is what it should be; zero says it is stationary.

    Zero pointwise in z is sufficient for that, not necessary.
    """
    return expectation(put(given(gradient(loss, nets)), truths), given.xi)
