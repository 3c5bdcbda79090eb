"""`+ - * / ^`, unary minus and comparisons: the operators with a sign of their own.

Their types are inferred where terms are built (`fmdsl.terms.build`); the rules here serve
terms that are built by name.
"""

from __future__ import annotations

import operator as py
from typing import Any

from fmdsl.ops.operator import Operator
from fmdsl.terms import build
from fmdsl.terms.term import Term
from fmdsl.terms.types import BOOL, SCALAR, VECTOR, Type


def _infer(*kinds: Type) -> Type:
    return VECTOR if any(k.is_vector for k in kinds) else SCALAR


def _binary(sign: str, value: Any, tangent: Any, doc: str) -> Operator:
    return Operator(sign, ("a", "b"), _infer, lambda xp, a, b: value(a, b), doc, tangent)


def _product(term: Term, tangents: tuple[Term, ...]) -> Term:
    (a, b), (da, db) = term.args, tangents
    return build.add(build.multiply(da, b), build.multiply(a, db))


def _quotient(term: Term, tangents: tuple[Term, ...]) -> Term:
    (a, b), (da, db) = term.args, tangents
    slope = build.divide(build.multiply(a, db), build.multiply(b, b))
    first = da if build.is_zero(da) else build.divide(da, b)
    return first if build.is_zero(db) else build.subtract(first, slope)


def _power(term: Term, tangents: tuple[Term, ...]) -> Term:
    from fmdsl.ops import make_op

    (a, b), (da, db) = term.args, tangents
    down = build.power(a, build.subtract(b, build.constant(1)))
    total = build.multiply(build.multiply(b, down), da)
    return build.add(total, build.multiply(build.multiply(term, make_op("log", a)), db))


add = _binary(
    "+", py.add, lambda _, d: build.add(*d), "sum; point + tangent is the exponential map"
)
subtract = _binary(
    "-",
    py.sub,
    lambda _, d: build.subtract(*d),
    "difference; point - point is the logarithm at the second",
)
multiply = _binary("*", py.mul, _product, "product of a number and anything")
divide = _binary("/", py.truediv, _quotient, "quotient by a number")
power = _binary("^", py.pow, _power, "power, right-associative")
negate = Operator(
    "neg", ("a",), lambda a: a, lambda xp, a: -a, "minus", lambda _, d: build.negate(d[0])
)


def _comparison(sign: str, value: Any) -> Operator:
    return Operator(
        sign,
        ("a", "b"),
        lambda a, b: BOOL,
        lambda xp, a, b: value(a, b),
        "comparison of two numbers",
    )


less = _comparison("<", py.lt)
less_equal = _comparison("<=", py.le)
greater = _comparison(">", py.gt)
greater_equal = _comparison(">=", py.ge)
both = Operator(
    "and", ("a", "b"), lambda a, b: BOOL, lambda xp, a, b: a & b, "both comparisons of a chain hold"
)
