"""The weights of data and noise in a path, as normal forms in its clock."""

from __future__ import annotations

from fmdsl.syntax.expr import Call, Expr, Name, Number
from fmdsl.terms.level import ONE, ZERO, Poly

Linear = tuple[Poly, Poly, Poly]


def linear_weights(body: Expr, clock: str, formals: tuple[str, str]) -> tuple[Poly, Poly] | None:
    """(weight of data, weight of noise) where the body is linear in both, else None."""
    form = _linear(body, formals)
    if form is None or form[2] != ZERO or any(w.atoms - {clock} for w in form[:2]):
        return None
    return form[0], form[1]


def _linear(e: Expr, formals: tuple[str, str]) -> Linear | None:
    match e:
        case Number():
            return ZERO, ZERO, Poly.constant(e.value)
        case Name(id=name) if name in formals:
            return (ONE, ZERO, ZERO) if name == formals[0] else (ZERO, ONE, ZERO)
        case Name():
            return ZERO, ZERO, Poly.atom(e.id)
        case Call(op="neg", args=(a,)):
            return _scaled(_linear(a, formals), -ONE)
        case Call(op="+" | "-", args=(a, b)):
            return _sum(_linear(a, formals), _linear(b, formals), e.op)
        case Call(op="*" | "/", args=(a, b)):
            return _product(_linear(a, formals), _linear(b, formals), e.op)
        case _:
            return None


def _scaled(a: Linear | None, by: Poly) -> Linear | None:
    return a and (a[0] * by, a[1] * by, a[2] * by)


def _sum(a: Linear | None, b: Linear | None, sign: str) -> Linear | None:
    b = _scaled(b, -ONE) if sign == "-" else b
    return a and b and (a[0] + b[0], a[1] + b[1], a[2] + b[2])


def _product(a: Linear | None, b: Linear | None, sign: str) -> Linear | None:
    if a is None or b is None:
        return None
    if sign == "/":
        plain = b[0] == b[1] == ZERO and b[2] != ZERO
        return _scaled(a, b[2].inverse()) if plain else None
    if a[0] == a[1] == ZERO:
        return _scaled(b, a[2])
    return _scaled(a, b[2]) if b[0] == b[1] == ZERO else None
