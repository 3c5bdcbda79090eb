"""Polynomials at a point modulo a large prime: what is not so there is not so anywhere."""

from __future__ import annotations

from functools import lru_cache

from fmdsl.algebra.poly import Poly

MODULUS = (1 << 61) - 1


def at_point(p: Poly, g: int, point: int = 0) -> list[int]:
    """The coefficients of a polynomial in one generator, with numbers for all others."""
    out = [0] * (1 + max(dict(m).get(g, 0) for m in p))
    for m, c in p.items():
        k = 0
        for f, j in m:
            if f == g:
                k = j
            else:
                c = c * pow(_coordinate(f, point), j, MODULUS) % MODULUS
        out[k] = (out[k] + c) % MODULUS
    return out


@lru_cache(maxsize=1 << 16)
def _coordinate(g: int, point: int) -> int:
    return pow(g + 1_000_003 + 7_919 * point, 5, MODULUS)


def remainder(above: list[int], below: list[int]) -> list[int]:
    """Of the division of two such lists, where the last of `below` is not zero."""
    above = list(above)
    inverse = pow(below[-1], -1, MODULUS)
    while len(above) >= len(below):
        c = above[-1] * inverse % MODULUS
        for i in range(len(below)):
            above[-1 - i] = (above[-1 - i] - c * below[-1 - i]) % MODULUS
        above.pop()
    return above


def are_coprime(a: list[int], b: list[int]) -> bool:
    """Whether two such lists have no common factor."""
    while any(b):
        while not b[-1]:
            b = b[:-1]
        a, b = b, remainder(a, b)
    return len(a) == 1


def is_square(value: int) -> bool:
    """Whether a number is a square modulo the prime; -1 is none."""
    return pow(value, (MODULUS - 1) // 2, MODULUS) != MODULUS - 1
