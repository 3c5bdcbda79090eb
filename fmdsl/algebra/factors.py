"""Polynomials factored for the reader. Nothing is decided by it."""

from __future__ import annotations

from functools import lru_cache
from math import gcd

from fmdsl.algebra.poly import Mono, Poly, dense, lower, monomial_gcd, ring, sparse, variables

LARGEST = 40


def factor(p: Poly) -> tuple[int, list[tuple[Poly, int]]]:
    """The number and the powers of factors whose product is `p`; large ones are left whole."""
    if not p:
        return 0, []
    number = gcd(*p.values()) * (-1 if mostly_negative(p) else 1)
    common = monomial_gcd(p)
    rest = {lower(m, common): c // number for m, c in p.items()}
    parts: list[tuple[Poly, int]] = [({((g, 1),): 1}, k) for g, k in common]
    if len(rest) > 1:
        parts += _factors(tuple(rest.items())) if len(rest) <= LARGEST else [(rest, 1)]
    return number, parts


def mostly_negative(p: Poly) -> bool:
    return 2 * sum(c < 0 for c in p.values()) > len(p)


@lru_cache(maxsize=4096)
def _factors(items: tuple[tuple[Mono, int], ...]) -> list[tuple[Poly, int]]:
    p = dict(items)
    gens = tuple(sorted(variables(p)))
    space = ring(len(gens))
    number, found = dense(p, gens, space).factor_list()
    parts = [(sparse(q, gens), k) for q, k in found]
    if int(number) != 1:
        parts[0] = ({m: c * int(number) for m, c in parts[0][0].items()}, parts[0][1])
    return _signed(parts)


def _signed(parts: list[tuple[Poly, int]]) -> list[tuple[Poly, int]]:
    """Two factors that both read better negated are."""
    odd = [i for i, (q, k) in enumerate(parts) if mostly_negative(q) and k % 2]
    even = [i for i, (q, k) in enumerate(parts) if mostly_negative(q) and not k % 2]
    flipped = {*odd[: len(odd) // 2 * 2], *even}
    return [
        ({m: -c for m, c in q.items()}, k) if i in flipped else (q, k)
        for i, (q, k) in enumerate(parts)
    ]
