"""An optimum in the densities of real and generated samples, and how signs of such are decided."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.critics.values import NoValue


@dataclass(frozen=True, slots=True)
class Optimum:
    """What the critic comes to, in words.

    `way` is 1 where real samples pull its number up; `at` are its values in the densities p and q,
    empty where it has none at a point. `constant` says that it is known up to a constant.
    `slope` is the loss's slope by D as a function of it, for single samples.
    """

    words: str
    way: int
    at: tuple[Any, ...] = ()
    constant: bool = False
    slope: Any = None


class Maximum(NoValue):
    """The stationary point is a maximum; `curvature` is the loss's there, and negative."""

    def __init__(self, reason: str, curvature: Any) -> None:
        super().__init__(reason)
        self.curvature = curvature


def densities() -> tuple[Any, Any]:
    """The densities of real and of generated samples."""
    import sympy as sp

    return sp.symbols("p q", positive=True)


def number() -> Any:
    """The critic's number."""
    import sympy as sp

    return sp.Symbol("D", real=True)


def power() -> Any:
    """`exp` of the critic's number."""
    import sympy as sp

    return sp.Symbol("E", positive=True)


def root_of(slope: Any) -> Any:
    """Where the slope is zero: one value of D, or of exp(D)."""
    import sympy as sp

    d, e = number(), power()
    found = by_exponential(slope, d)
    unknown = e if not found.has(d) else d
    if found.has(e) and found.has(d):
        raise NoValue("its stationary point has no closed form")
    roots = sp.solve(sp.numer(found), unknown)
    if len(roots) != 1:
        raise NoValue(f"its loss has {len(roots)} stationary points")
    return sp.log(sp.factor(roots[0])) if unknown is e else sp.factor(roots[0])


def by_exponential(form: Any, d: Any) -> Any:
    """The form with a symbol E for `exp(d)`, as one fraction."""
    import sympy as sp

    e = power()
    return sp.together(sp.expand(form).subs(sp.exp(d), e).subs(sp.exp(-d), 1 / e))


def sign(form: Any) -> int:
    """The sign of a rational function of positive symbols; 0 where it is not one sign."""
    import sympy as sp

    above, below = sp.fraction(sp.factor(sp.together(form)))
    found = [_one_sign(sp.expand(part)) for part in (above, below)]
    return found[0] * found[1]


def at_equal_densities(form: Any) -> al.Scalar:
    """A function of positive symbols where all are one; its sign where that is no ratio."""
    value = form.subs(dict.fromkeys(form.free_symbols, 1))
    if value.is_Rational:
        return al.scalar(Fraction(int(value.p), int(value.q)))
    return al.scalar(sign(form))


def _one_sign(poly: Any) -> int:
    import sympy as sp

    terms = sp.Add.make_args(poly)
    if all(t.is_positive for t in terms):
        return 1
    return -1 if all(t.is_negative for t in terms) else 0
