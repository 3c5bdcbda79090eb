"""Paths between data and noise: which end is which, and what a state on them is."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction

from fmdsl.ops import OPERATORS
from fmdsl.semantics.elaborated import Route
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, walk
from fmdsl.syntax.parse import parse
from fmdsl.syntax.spec import Path, Spec
from fmdsl.terms.level import ONE, ZERO, Poly
from fmdsl.terms.term import Term
from fmdsl.terms.types import Type

#: The flat default: data at 0, noise at 1, a straight line between.
DEFAULT = "(1 - t) * x + t * e"

_CONSTANTS = {"pi": math.pi}
#: (mass, moment) that an end of an affine path can have.
_ENDS = ((ONE, ZERO), (ONE, ONE), (ZERO, ONE))


def routes(spec: Spec) -> tuple[Route, ...]:
    """The spec's paths, or the default one."""
    if spec.paths:
        return tuple(_route(p, spec) for p in spec.paths)
    path = Path("z", "t", without_places(parse(DEFAULT)), spec.name_span)
    return (_route(path, spec),)


def without_places(e: Expr) -> Expr:
    """The same expression as if nobody had written it: no message points into it."""
    if isinstance(e, Call):
        return Call(e.op, tuple(map(without_places, e.args)))
    return replace(e, span=None)


def _route(path: Path, spec: Spec) -> Route:
    formals = _formals(path, spec)
    a, b = (_coefficient(path, formals, i) for i in (0, 1))
    data, noise = _affine_ends(path, formals)
    zero, one = _where(a, b, (0.0, 1.0)), _where(a, b, (1.0, 0.0))
    return Route(
        path.state, path.time, formals, path.body,
        Type("point", *data), Type("noise", *noise), one, zero, _domain(path, a, b), path.span,
    )  # fmt: skip


def _formals(path: Path, spec: Spec) -> tuple[str, str]:
    """The names of data and noise: by their laws where drawn, else in order of appearance."""
    found = list(dict.fromkeys(n.id for n in walk(path.body) if isinstance(n, Name)))
    ends = [n for n in found if n != path.time and n not in _settings(spec)]
    noise = {n for d in spec.draws if _law(d.law) == "noise" for n in d.names}
    ends.sort(key=lambda n: n in noise)
    return (ends[0], ends[1]) if len(ends) >= 2 else ("x", "e")


def _settings(spec: Spec) -> dict[str, float]:
    numbers = {t.name: _value(t.body, {}) for t in spec.lets if t.params is None}
    return {**_CONSTANTS, **{n: v for n, v in numbers.items() if v is not None}}


def _law(law: Expr) -> str:
    return law.op if isinstance(law, Call) else law.id if isinstance(law, Name) else ""


def _coefficient(
    path: Path, formals: tuple[str, str], which: int
) -> Callable[[float], float | None]:
    """The weight of one end as a function of the clock: the path is linear in its ends."""

    def at(t: float) -> float | None:
        ends = {formals[i]: float(i == which) for i in (0, 1)}
        return _value(path.body, {**_CONSTANTS, path.time: t, **ends})

    return at


def _value(e: Expr, names: Mapping[str, float]) -> float | None:
    """A number, evaluated by the operators' own values; None where it cannot be."""
    match e:
        case Number():
            return float(e.value)
        case Name():
            return names.get(e.id)
        case Call(op=op, args=args) if op in OPERATORS:
            values = [_value(a, names) for a in args]
            return None if None in values else apply_operator(op, values)
        case _:
            return None


def weights_on(route: Route, names: Mapping[str, float]) -> tuple[float, float] | None:
    """The weights of data and noise at a clock, `names` holding it and the settings."""
    data, noise = route.formals
    ends = ({data: 1.0, noise: 0.0}, {data: 0.0, noise: 1.0})
    alpha, sigma = (_value(route.body, {**_CONSTANTS, **names, **end}) for end in ends)
    return None if alpha is None or sigma is None else (alpha, sigma)


def number_at(term: Term, names: Mapping[str, float]) -> float | None:
    """The value of a scalar term where draws and `progress` have these; None where it has none."""
    bare = term.bare
    match bare.op:
        case "const" | "setting":
            return float(bare["value"])
        case "pi":
            return math.pi
        case "draw":
            return names.get(bare["name"])
        case "progress":
            return names.get("progress")
        case "sg":
            return number_at(bare.args[0], names)
        case _:
            values = [number_at(a, names) for a in bare.args]
            return None if None in values or not values else apply_operator(bare.op, values)


def apply_operator(op: str, values: list[float | None]) -> float | None:
    """The value of an operator at numbers; None where it has none."""
    if op not in OPERATORS:
        return None
    try:
        result = OPERATORS[op].value(_Plain, *values)
        return float(result) if math.isfinite(result) else None
    except (ArithmeticError, ValueError, AttributeError, TypeError):
        return None


class _Plain:
    """The array namespace of single numbers."""

    exp, log, sin, cos, tan = math.exp, math.log, math.sin, math.cos, math.tan
    arctan, tanh, log1p, abs = math.atan, math.tanh, math.log1p, abs
    floor, ceil = math.floor, math.ceil

    @staticmethod
    def clip(a: float, low: float, high: float) -> float:
        return min(max(a, low), high)

    @staticmethod
    def where(condition: bool, a: float, b: float) -> float:
        return a if condition else b


def _where(
    a: Callable[[float], float | None],
    b: Callable[[float], float | None],
    ends: tuple[float, float],
) -> Fraction | None:
    """The clock in {0, 1} at which the two weights are exactly `ends`, up to rounding."""
    for t in (0, 1):
        values = (a(t), b(t))
        if all(v is not None and abs(v - w) < 1e-12 for v, w in zip(values, ends, strict=True)):
            return Fraction(t)
    return None


def _affine_ends(
    path: Path, formals: tuple[str, str]
) -> tuple[tuple[Poly | None, Poly | None], tuple[Poly | None, Poly | None]]:
    """(mass, moment) of both ends such that the path at t is (1, t); None if there are none."""
    from fmdsl.semantics.weights import linear_weights

    weights = linear_weights(path.body, path.time, formals)
    if weights is not None:
        alpha, sigma = weights
        clock = Poly.atom(path.time)
        for data in _ENDS[:2]:
            for noise in _ENDS:
                mass = alpha * data[0] + sigma * noise[0]
                if mass == ONE and alpha * data[1] + sigma * noise[1] == clock:
                    return data, noise
    return (None, None), (None, None)


def _domain(
    path: Path, a: Callable[[float], float | None], b: Callable[[float], float | None]
) -> tuple[float, float]:
    """As declared; else [0, 1] where both ends are proved, else all levels with finite weights."""
    if isinstance(path.domain, Compare):
        low, *_, high = (_value(o, _CONSTANTS) for o in path.domain.operands)
        return (-math.inf if low is None else low, math.inf if high is None else high)
    if _where(a, b, (1.0, 0.0)) is not None and _where(a, b, (0.0, 1.0)) is not None:
        return 0.0, 1.0
    return 0.0, math.inf
