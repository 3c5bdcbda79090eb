"""Series in a scalar: Taylor coefficients, poles, and the limit where 0/0 stands.

A form is expanded as a Laurent series; a limit exists when every negative order is zero,
which the normal form decides. No order is fixed beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import factorial
from typing import Any

from fmdsl.algebra.atoms import Symbol
from fmdsl.algebra.derivative import Form, Tangent
from fmdsl.algebra.field import ONE, ZERO, Pole, Scalar
from fmdsl.algebra.substitute import Map
from fmdsl.algebra.vector import NULL, Vector, atom, total

DEEPEST = 12
#: Terms of a form beyond which a series is not followed: those of the catalogue have up to 70.
LONGEST = 200


class Divergent(Pole):
    """The form has a pole: its order, and the coefficient that does not vanish."""

    def __init__(self, order: int, coefficient: Any) -> None:
        super().__init__(order, coefficient)
        self.order, self.coefficient = order, coefficient

    def __str__(self) -> str:
        return f"a pole of order {self.order} remains, with coefficient {self.coefficient!r}"


class TooLong(Pole):
    """A series whose next coefficient nobody would read, and which may take for ever."""


def limit(form: Form, h: Symbol, to: Scalar = ZERO) -> Form:
    """The value of `form` as `h` comes to `to`. Raises `Divergent` where a pole remains."""
    coefficients = laurent(form, h, 0, to)
    for order, coefficient in sorted(coefficients.items()):
        if order < 0 and not coefficient.is_zero:
            raise Divergent(-order, coefficient)
    return coefficients[0]


def taylor(form: Form, h: Symbol, order: int, at: Scalar = ZERO) -> list[Form]:
    """The coefficients of `h^0 … h^order`. Raises `Divergent` at a pole."""
    limit(form, h, at)
    coefficients = laurent(form, h, order, at)
    return [coefficients[k] for k in range(order + 1)]


def first_order(form: Form, h: Symbol, at: Scalar = ZERO, deepest: int = 4) -> tuple[int, Form]:
    """The lowest order at which the form does not vanish, and its coefficient."""
    for top in range(deepest + 1):
        coefficients = laurent(form, h, top, at)
        for order, coefficient in sorted(coefficients.items()):
            if not coefficient.is_zero:
                return order, coefficient
    raise Pole(f"the form vanishes to order {deepest}")


def laurent(form: Form, h: Symbol, top: int, at: Scalar = ZERO) -> dict[int, Form]:
    """Coefficients by order, from the pole's to `top`."""
    if isinstance(form, Scalar):
        return _scalar_series(form, h, top, at)
    return _vector_series(form, h, top, at)


def _vector_series(v: Vector, h: Symbol, top: int, at: Scalar) -> dict[int, Vector]:
    out: dict[int, Vector] = dict.fromkeys(range(min(top, 0), top + 1), NULL)
    for a, c in v.terms.items():
        weights = _scalar_series(c, h, top, at)
        lowest = min(weights)
        jets = _derivatives(atom(a), h, top - lowest, at)
        for order in range(lowest, top + 1):
            terms = ((weights[k], jets[order - k]) for k in range(lowest, order + 1))
            out[order] = out.get(order, NULL) + total(terms)
    return out


def _scalar_series(s: Scalar, h: Symbol, top: int, at: Scalar) -> dict[int, Scalar]:
    if h not in s.deps:
        return {0: s} | dict.fromkeys(range(1, top + 1), ZERO) | ({top: ZERO} if top < 0 else {})
    below = Scalar(s.below)
    pole = _order(below, h, at)
    length = max(top, 0) + pole
    above = _derivatives(Scalar(s.num), h, length, at)
    under = _derivatives(below, h, length + pole, at)[pole:]
    quotient: list[Scalar] = []
    for k in range(length + 1):
        known = sum((quotient[j] * under[k - j] for j in range(k)), ZERO)
        quotient.append((above[k] - known) / under[0])
    return {k - pole: c for k, c in enumerate(quotient)}


def _order(below: Scalar, h: Symbol, at: Scalar) -> int:
    """The order to which a denominator vanishes."""
    for order, coefficient in enumerate(_walk(below, h, at)):
        if not coefficient.is_zero:
            return order
        if order > DEEPEST:
            break
    raise Pole(f"the denominator {below!r} vanishes to order {DEEPEST}")


def _derivatives(form: Form, h: Symbol, order: int, at: Scalar) -> list[Form]:
    """Taylor coefficients of a form without a pole."""
    walk = _walk(form, h, at)
    return [next(walk) for _ in range(order + 1)]


def _size(form: Form) -> int:
    """How many products a form adds up."""
    if isinstance(form, Scalar):
        return len(form.num) + len(form.below)
    return sum(_size(c) for c in form.terms.values())


def _walk(form: Form, h: Symbol, at: Scalar) -> Iterator[Form]:
    move, stop = Tangent({h: ONE}), Map({h: at})
    order = 0
    while True:
        yield stop(form) * (ONE / factorial(order))
        if _size(form) > LONGEST:
            raise TooLong(f"a series grows beyond {LONGEST} terms at order {order}")
        form = move.scalar(form) if isinstance(form, Scalar) else move.vector(form)
        order += 1
