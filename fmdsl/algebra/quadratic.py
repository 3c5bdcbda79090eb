"""Polynomials of degree two in a generator: their factors by the discriminant.

`a g² + b g + c` with a number `a` has factors only where `b² - 4ac` is a square. Sums of squares
come from `1 + tan²` and from the scalings of EDM, and are told irreducible here at once.
"""

from __future__ import annotations

from math import isqrt

from fmdsl.algebra.poly import Poly, add, mul, split, variables

#: Primes, each with a number for every generator: where a square would have a root.
_FIELDS = ((1_000_003, 11), (1_000_033, 23), (1_000_037, 37), (1_000_039, 59), (1_000_081, 71))


def halves(p: Poly) -> tuple[Poly, ...] | None:
    """The linear factors of a primitive quadratic, `()` of an irreducible one, numbers aside.

    None where the discriminant does not tell.
    """
    for g in sorted(variables(p)):
        parts = split(p, frozenset({g}))
        square = parts.get(((g, 2),), {})
        if square.keys() == {()} and parts.keys() <= {(), ((g, 1),), ((g, 2),)}:
            return _by_discriminant(g, square[()], parts.get(((g, 1),), {}), parts.get((), {}))
    return None


def _by_discriminant(g: int, a: int, b: Poly, c: Poly) -> tuple[Poly, ...] | None:
    under = add(mul(b, b), c, -4 * a)
    if any(_is_no_square(under, *field) for field in _FIELDS):
        return ()
    if under.keys() - {()}:
        return None
    number = under.get((), 0)
    if number < 0 or isqrt(number) ** 2 != number:
        return ()
    double = add({((g, 1),): 2 * a}, b)
    return tuple(add(double, {(): sign * isqrt(number)}) for sign in (1, -1))


def _is_no_square(p: Poly, prime: int, seed: int) -> bool:
    """Whether its value at a point is no square modulo the prime: then it is none itself."""
    value = 0
    for m, c in p.items():
        for g, k in m:
            c = c * pow(g + seed, 3 * k, prime) % prime
        value += c
    return pow(value, (prime - 1) // 2, prime) == prime - 1
