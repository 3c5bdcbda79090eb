"""What the algebra may say of two forms: equal, or a residual that is not zero here.

A residual is not a refutation: it becomes one with a numeric counterexample.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from fmdsl.algebra.atoms import Fn
from fmdsl.algebra.derivative import Form
from fmdsl.algebra.expectation import Expected, Given, expectation
from fmdsl.algebra.field import ZERO, Scalar
from fmdsl.algebra.gradient import gradient, nets_in, ratio, tie
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


@dataclass(frozen=True, slots=True)
class Alike:
    """Two objectives train alike: their gradients agree up to `factor`."""

    factor: Scalar
    where: str

    def __bool__(self) -> bool:
        return True

    @property
    def reweighted(self) -> bool:
        """Whether the factor depends on the nets, and so on the residual."""
        return bool(nets_in(self.factor))


def alike(a: Scalar, b: Scalar, given: Given | None = None) -> Alike | Residual:
    """Whether the tied gradients of two losses agree, pointwise in the draws or `given` a point.

    In expectation, what is left of higher degree in ξ must agree by the same factor.
    """
    first, second = tie(gradient(a)), tie(gradient(b))
    if given is None:
        factor = ratio(first, second)
        return Residual(first - second) if factor is None else Alike(factor, "pointwise")
    left, right = (expectation(given(g), given.xi) for g in (first, second))
    factor = ratio(left.value, right.value)
    if factor is None:
        return Residual(left.value - right.value)
    for degree in left.moments.keys() | right.moments.keys():
        rest = left.moments.get(degree, ZERO) - factor * right.moments.get(degree, ZERO)
        if not rest.is_zero:
            return Residual(rest)
    return Alike(factor, "in expectation")
