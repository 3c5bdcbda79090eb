"""Polynomials of degree two in a generator: their factors by the discriminant.

`a g² + b g + c` without a common factor of a, b and c has factors only where `b² - 4ac` is a
square. Sums of squares come from `1 + tan²`, the scalings of EDM and Gaussian data, and are told
irreducible here at once.
"""

from __future__ import annotations

from math import isqrt

from fmdsl.algebra.modular import are_coprime, at_point, is_square
from fmdsl.algebra.poly import Poly, add, mul, split, variables

_POINTS = range(4)


def halves(p: Poly) -> tuple[Poly, ...] | None:
    """The linear factors of a primitive quadratic, `()` of an irreducible one, numbers aside.

    None where the discriminant does not tell.
    """
    for g in sorted(variables(p)):
        parts = split(p, frozenset({g}))
        a, b, c = (parts.get(m, {}) for m in (((g, 2),), ((g, 1),), ()))
        if a and c and len(parts) == 2 + bool(b) and _have_no_common_factor(a, c):
            return _by_discriminant(g, a, b, c)
    return None


def _have_no_common_factor(a: Poly, c: Poly) -> bool:
    """Whether a point tells so, for every generator that a factor could have."""
    for g in variables(a) & variables(c):
        above, below = at_point(a, g), at_point(c, g)
        if not above[-1] or not below[-1] or not are_coprime(above, below):
            return False
    return True


def _by_discriminant(g: int, a: Poly, b: Poly, c: Poly) -> tuple[Poly, ...] | None:
    under = add(mul(b, b), mul(a, c), -4)
    if any(not is_square(at_point(under, -1, point)[0]) for point in _POINTS if under):
        return ()
    if under.keys() - {()}:
        return None
    number = under.get((), 0)
    if number < 0 or isqrt(number) ** 2 != number:
        return ()
    if a.keys() - {()}:
        return None
    double = add(mul({((g, 1),): 2}, a), b)
    return tuple(add(double, {(): sign * isqrt(number)}) for sign in (1, -1))
