"""Which values an operator can take, from the values that its arguments can take."""

from __future__ import annotations

import math
from collections.abc import Callable

from fmdsl.semantics.intervals import EVERYTHING, POSITIVE, Interval, power, times
from fmdsl.terms.build import poly
from fmdsl.terms.term import Term

#: Operators that are never negative, whatever they are given.
_NOT_NEGATIVE = frozenset({"abs", "sse", "mse", "norm", "huber", "sqrt", "exp", "softplus", "relu"})
#: Exponents beyond this are not worked out.
_LARGEST = 100


def extent(term: Term, of: Callable[[Term], Interval]) -> Interval:
    """The interval of a term's values, `of` answering for its arguments."""
    match term.op:
        case "progress":
            return 0.0, 1.0
        case "pi":
            return math.pi, math.pi
        case "sg" | "mean" | "let":
            return of(term.args[0])
        case "sigmoid" | "alpha_bar":
            return 0.0, 1.0
        case "sin" | "cos":
            return -1.0, 1.0
        case op if op in _RISING:
            return _risen(_RISING[op], of(term.args[0]))
        case "*" if term.args[0] == term.args[1]:
            return POSITIVE
        case "*":
            return times(of(term.args[0]), of(term.args[1]))
        case "^" if of(term.args[0])[0] > 0 and _exponent(term, of) is not None:
            n = float(_exponent(term, of) or 0)
            low, high = of(term.args[0])
            ends = (_raised(low, n), _raised(high, n))
            return min(ends), max(ends)
        case "^" if _is_even(term.args[1]):
            return POSITIVE
        case "^" | "sum" if of(term.args[0])[0] >= 0:
            return POSITIVE
        case "/":
            return times(of(term.args[0]), power(of(term.args[1]), -1))
        case "clip" | "min" | "max" | "where":
            return _chosen(term, of)
        case op if op in _NOT_NEGATIVE:
            return POSITIVE
        case _:
            return EVERYTHING


def _chosen(term: Term, of: Callable[[Term], Interval]) -> Interval:
    if term.op == "clip":
        a, low, high = map(of, term.args)
        return max(a[0], low[0]), max(min(a[1], high[1]), low[0])
    a, b = map(of, term.args[-2:])
    if term.op == "min":
        return min(a[0], b[0]), min(a[1], b[1])
    if term.op == "max":
        return max(a[0], b[0]), max(a[1], b[1])
    return min(a[0], b[0]), max(a[1], b[1])


def _exponent(term: Term, of: Callable[[Term], Interval]) -> float | None:
    low, high = of(term.args[1])
    return low if low == high and abs(low) < _LARGEST else None


def _raised(x: float, n: float) -> float:
    """The n-th power of a positive number, infinity where it is too large."""
    try:
        return math.pow(x, n)
    except OverflowError:
        return math.inf


def _risen(function: Callable[[float], float], a: Interval) -> Interval:
    return function(a[0]), function(a[1])


def _log(x: float) -> float:
    if x <= 0:
        return -math.inf
    return math.log(x) if x < math.inf else x


def _sqrt(x: float) -> float:
    return math.sqrt(x) if 0 <= x < math.inf else max(x, 0.0)


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _is_even(exponent: Term) -> bool:
    value = poly(exponent)
    return value is not None and value.value is not None and value.value % 2 == 0


#: Operators that rise, by their values at the ends of an interval.
_RISING: dict[str, Callable[[float], float]] = {
    "exp": _exp,
    "log": _log,
    "sqrt": _sqrt,
    "atan": math.atan,
    "tanh": math.tanh,
    "floor": lambda x: math.floor(x) if math.isfinite(x) else x,
    "ceil": lambda x: math.ceil(x) if math.isfinite(x) else x,
}
