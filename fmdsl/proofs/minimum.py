"""Symbolic minimisation of a discriminator's loss, point by point.

Given an input with density p among real and q among generated samples, the loss is
`p a(D) + q b(D)`. Where it is smooth its stationary point is solved for; where it is piecewise
linear the minimum is at a kink.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmdsl.proofs.pieces import Piece
from fmdsl.terms.term import Term, number, walk

Answer = tuple[str, int]


@dataclass(frozen=True, slots=True)
class Expected:
    """The terms of a loss in which `name` is called, each with its sign; who is generated."""

    name: str
    terms: tuple[tuple[Piece, int], ...]
    is_generated: Callable[[Term], bool]


def minimum(loss: Expected) -> Answer | None:
    """What the discriminator comes to, in words, and which way real samples pull it: 1 is up."""
    import sympy as sp

    d = sp.Symbol("D", real=True)
    p, q = sp.symbols("p q", positive=True)
    total: Any = 0
    for piece, sign in loss.terms:
        calls = _calls(piece.core, loss.name)
        if not calls:
            continue
        kinds = {loss.is_generated(c) for c in calls}
        value = _value(piece.core, loss.name, d)
        if len(kinds) != 1 or value is None or piece.bend is not None:
            return None
        total += sign * (q if kinds.pop() else p) * value
    return _solved(total, d, p, q) if total != 0 else None


def _solved(total: Any, d: Any, p: Any, q: Any) -> Answer | None:
    import sympy as sp

    if total.has(sp.Max):
        return _kinked(total, d, p, q)
    e = sp.Symbol("E", positive=True)
    slope = sp.together(sp.expand(sp.diff(total, d)).subs(sp.exp(d), e).subs(sp.exp(-d), 1 / e))
    roots = sp.solve(sp.numer(slope), e) if not slope.has(d) else []
    if len(roots) != 1:
        direct = sp.solve(sp.diff(total, d), d) if slope.has(d) and not slope.has(e) else []
        if len(direct) != 1:
            return None
        return str(sp.simplify(direct[0])), _way(direct[0], p, q)
    root = sp.log(sp.factor(roots[0]))
    return f"{root}".replace("log(", "log("), _way(root, p, q)


def _kinked(total: Any, d: Any, p: Any, q: Any) -> Answer | None:
    """Hinge losses: the minimum is at the kink on the likelier side."""
    import sympy as sp

    more = {p: sp.Rational(3), q: sp.Rational(1)}
    less = {p: sp.Rational(1), q: sp.Rational(3)}
    best = [min((-1, 1), key=lambda v: total.subs({**w, d: v})) for w in (more, less)]
    if best == [1, -1]:
        return "1 where p > q and -1 where p < q", 1
    if best == [-1, 1]:
        return "-1 where p > q and 1 where p < q", -1
    return None


def _way(root: Any, p: Any, q: Any) -> int:
    """Whether the optimum rises with the density of real samples."""
    import sympy as sp

    rise = sp.diff(root, p).subs({p: sp.Rational(2), q: sp.Rational(3)})
    return 1 if rise > 0 else -1


def slope_sign(core: Term, name: str) -> int | None:
    """The sign of the slope of a term by the discriminator's number, where it is one sign."""
    import sympy as sp

    d = sp.Symbol("D", real=True)
    value = _value(core, name, d)
    if value is None or not value.has(d):
        return None
    signs = {
        sp.sign(sp.N(sp.diff(value, d).subs(d, v)))
        for v in (-2, sp.Rational(-1, 3), sp.Rational(1, 2), 2)
    }
    signs -= {sp.Integer(0)}
    return int(signs.pop()) if len(signs) == 1 else None


def _calls(core: Term, name: str) -> list[Term]:
    return [t for t in walk(core) if t.op == "jet" and t["fn"] == name and t["order"] == 0]


def _value(term: Term, name: str, d: Any) -> Any:
    """The term as a function of the discriminator's number; None where it is none."""
    import sympy as sp

    t = term.bare
    if t.op == "jet":
        return d if t["fn"] == name and t["order"] == 0 else None
    if number(t) is not None:
        value = number(t)
        return sp.Rational(value.numerator, value.denominator) if value is not None else None
    if t.op == "setting":
        return sp.Symbol(t["name"], positive=True)
    rule = _rules().get(t.op)
    args = [_value(a, name, d) for a in t.args]
    return None if rule is None or any(a is None for a in args) else rule(*args)


def _rules() -> dict[str, Callable[..., Any]]:
    import sympy as sp

    return {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "^": lambda a, b: a**b,
        "neg": lambda a: -a,
        "exp": sp.exp,
        "log": sp.log,
        "softplus": lambda a: sp.log(1 + sp.exp(a)),
        "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
        "relu": lambda a: sp.Max(0, a),
        "sse": lambda a, b=0: (a - b) ** 2,
        "mse": lambda a, b=0: (a - b) ** 2,
    }
