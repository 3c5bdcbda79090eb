"""Functions of one number, applied to every number of a vector."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from fmdsl.ops.operator import Operator
from fmdsl.terms.build import add, constant, divide, multiply, negate, power, subtract
from fmdsl.terms.term import Term
from fmdsl.terms.types import LABEL, SCALAR, VECTOR, Type


def _infer(*kinds: Type) -> Type | str:
    if LABEL in kinds:
        return "a label is not a number"
    return VECTOR if any(k.is_vector for k in kinds) else SCALAR


def _op(name: str, *args: Term) -> Term:
    from fmdsl.ops import make_op

    return make_op(name, *args)


def _function(
    name: str, value: Callable[..., Any], slope: Callable[[Term], Term], doc: str
) -> Operator:
    def tangent(term: Term, tangents: tuple[Term, ...]) -> Term:
        return multiply(slope(term.args[0]), tangents[0])

    return Operator(name, ("a",), _infer, value, doc, tangent)


def _one_plus(sign: int, square_of: Term) -> Term:
    square = power(square_of, constant(2))
    return add(constant(1), square) if sign > 0 else subtract(constant(1), square)


def _softplus(xp: Any, a: Any) -> Any:
    # log(1 + exp(a)) without overflow: the exponent is never positive
    return xp.clip(a, 0.0, math.inf) + xp.log1p(xp.exp(-xp.abs(a)))


def _sigmoid(xp: Any, a: Any) -> Any:
    return 0.5 * (1 + xp.tanh(0.5 * a))


def _sign(term: Term) -> Term:
    return _op("sign", term)


exp = _function("exp", lambda xp, a: xp.exp(a), lambda a: _op("exp", a), "exponential")
log = _function(
    "log", lambda xp, a: xp.log(a), lambda a: divide(constant(1), a), "natural logarithm"
)
sin = _function("sin", lambda xp, a: xp.sin(a), lambda a: _op("cos", a), "sine")
cos = _function("cos", lambda xp, a: xp.cos(a), lambda a: negate(_op("sin", a)), "cosine")
tan = _function("tan", lambda xp, a: xp.tan(a), lambda a: _one_plus(1, _op("tan", a)), "tangent")
atan = _function(
    "atan",
    lambda xp, a: xp.arctan(a),
    lambda a: divide(constant(1), _one_plus(1, a)),
    "arc tangent",
)
tanh = _function(
    "tanh", lambda xp, a: xp.tanh(a), lambda a: _one_plus(-1, _op("tanh", a)), "hyperbolic tangent"
)
sqrt = _function(
    "sqrt", lambda xp, a: a**0.5, lambda a: divide(constant("1/2"), _op("sqrt", a)), "square root"
)
abs_ = _function("abs", lambda xp, a: abs(a), _sign, "absolute value")
sign = _function("sign", lambda xp, a: xp.sign(a), lambda a: constant(0), "-1, 0 or 1")
relu = _function(
    "relu", lambda xp, a: xp.clip(a, 0.0, math.inf), lambda a: _op("step", a), "the positive part"
)
step = _function(
    "step", lambda xp, a: xp.where(a > 0, 1.0, 0.0), lambda a: constant(0), "1 above zero, else 0"
)
softplus = _function("softplus", _softplus, lambda a: _op("sigmoid", a), "log(1 + exp(a))")
sigmoid = _function(
    "sigmoid",
    _sigmoid,
    lambda a: multiply(_op("sigmoid", a), subtract(constant(1), _op("sigmoid", a))),
    "1 / (1 + exp(-a))",
)


def _clip_tangent(term: Term, tangents: tuple[Term, ...]) -> Term:
    a, low, high = term.args
    inside = multiply(_op("step", subtract(a, low)), _op("step", subtract(high, a)))
    return multiply(inside, tangents[0])


def _choose(term: Term, tangents: tuple[Term, ...]) -> Term:
    return _op("where", term.args[0], tangents[1], tangents[2])


def _pick(condition: Callable[[Term, Term], Term]) -> Callable[[Term, tuple[Term, ...]], Term]:
    def tangent(term: Term, tangents: tuple[Term, ...]) -> Term:
        return _op("where", condition(*term.args), *tangents)

    return tangent


def _where_type(condition: Type, a: Type, b: Type) -> Type | str:
    if condition.kind != "bool":
        return "the first argument of `where` is a comparison"
    return a if a == b else _infer(a, b)


clip = Operator(
    "clip",
    ("a", "low", "high"),
    _infer,
    lambda xp, a, low, high: xp.where(a < low, low, xp.where(a > high, high, a)),
    "a limited to [low, high]; its derivative outside is zero",
    _clip_tangent,
)
where = Operator(
    "where",
    ("condition", "a", "b"),
    _where_type,
    lambda xp, c, a, b: xp.where(c, a, b) if hasattr(c, "shape") else (a if c else b),
    "a where the condition holds, else b; a branch when the condition is a setting",
    _choose,
)
minimum = Operator(
    "min",
    ("a", "b"),
    _infer,
    lambda xp, a, b: xp.where(a < b, a, b) if hasattr(a < b, "shape") else min(a, b),
    "the smaller",
    _pick(lambda a, b: _op("<", a, b)),
)
maximum = Operator(
    "max",
    ("a", "b"),
    _infer,
    lambda xp, a, b: xp.where(a > b, a, b) if hasattr(a > b, "shape") else max(a, b),
    "the larger",
    _pick(lambda a, b: _op(">", a, b)),
)
