"""Sparse polynomials with integer coefficients: a dict from monomials to integers.

A monomial is a sorted tuple of (generator number, exponent). Only the greatest common
divisor needs a library; it is taken in the generators that both sides share, which are few.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from math import gcd as integer_gcd
from typing import Any

Mono = tuple[tuple[int, int], ...]
Poly = dict[Mono, int]


@lru_cache(maxsize=1 << 18)
def join(a: Mono, b: Mono) -> Mono:
    """The product of two monomials."""
    powers = dict(a)
    for g, k in b:
        powers[g] = powers.get(g, 0) + k
    return tuple(sorted(powers.items()))


def add(p: Poly, q: Poly, factor: int = 1) -> Poly:
    """`p + factor * q`."""
    out = dict(p)
    for m, c in q.items():
        total = out.get(m, 0) + factor * c
        if total:
            out[m] = total
        else:
            out.pop(m, None)
    return out


def mul(p: Poly, q: Poly) -> Poly:
    out: Poly = {}
    for m, c in p.items():
        for n, d in q.items():
            key = join(m, n) if m and n else m or n
            out[key] = out.get(key, 0) + c * d
    return {m: c for m, c in out.items() if c}


def power(p: Poly, k: int) -> Poly:
    out: Poly = {(): 1}
    for _ in range(k):
        out = mul(out, p)
    return out


def diff(p: Poly, g: int) -> Poly:
    """The partial derivative by generator `g`."""
    out: Poly = {}
    for m, c in p.items():
        k = dict(m).get(g, 0)
        if k:
            rest = tuple((h, j - 1 if h == g else j) for h, j in m if h != g or j > 1)
            out[rest] = out.get(rest, 0) + c * k
    return out


def variables(p: Poly) -> frozenset[int]:
    return frozenset(g for m in p for g, _ in m)


def split(p: Poly, outer: frozenset[int]) -> dict[Mono, Poly]:
    """`p` as a polynomial in the `outer` generators, coefficients in the others."""
    out: dict[Mono, Poly] = {}
    for m, c in p.items():
        head = tuple(f for f in m if f[0] in outer)
        tail = tuple(f for f in m if f[0] not in outer) if head else m
        out.setdefault(head, {})[tail] = c
    return out


def leading(p: Poly) -> int:
    """The coefficient that carries the sign."""
    return p[max(p)]


def monomial_gcd(monos: Iterable[Mono]) -> Mono:
    common: dict[int, int] | None = None
    for m in monos:
        powers = dict(m)
        if common is None:
            common = powers
        else:
            common = {g: min(k, powers[g]) for g, k in common.items() if g in powers}
        if not common:
            return ()
    return tuple(sorted((common or {}).items()))


def lower(m: Mono, by: Mono) -> Mono:
    """`m / by`, where `by` divides `m`."""
    powers = dict(m)
    for g, k in by:
        powers[g] -= k
    return tuple((g, k) for g, k in sorted(powers.items()) if k)


def cancel(p: Poly, q: Poly) -> tuple[Poly, Poly]:
    """`p / q` in lowest terms, the denominator's sign positive."""
    number = integer_gcd(*p.values(), *q.values())
    if leading(q) < 0:
        number = -number
    common = monomial_gcd((*p, *q)) if () not in q else ()
    if number != 1 or common:
        p = {lower(m, common): c // number for m, c in p.items()}
        q = {lower(m, common): c // number for m, c in q.items()}
    if len(q) == 1:
        return p, q
    return _cancel_polynomial(p, q)


def _cancel_polynomial(p: Poly, q: Poly) -> tuple[Poly, Poly]:
    shared = variables(p) & variables(q)
    if not shared:
        return p, q
    above, below = split(p, variables(p) - shared), split(q, variables(q) - shared)
    pieces = sorted((*above.values(), *below.values()), key=len)
    if any(not variables(piece) for piece in pieces):
        return p, q
    gens = tuple(sorted(shared))
    space = ring(len(gens))
    divisor = dense(pieces[0], gens, space)
    for piece in pieces[1:]:
        divisor = divisor.gcd(dense(piece, gens, space))
        if divisor.is_ground:
            return p, q
    p, q = _quotient(above, divisor, gens, space), _quotient(below, divisor, gens, space)
    sign = -1 if leading(q) < 0 else 1
    return {m: sign * c for m, c in p.items()}, {m: sign * c for m, c in q.items()}


def _quotient(parts: dict[Mono, Poly], divisor: Any, gens: tuple[int, ...], space: Any) -> Poly:
    out: Poly = {}
    for head, piece in parts.items():
        for tail, c in sparse(dense(piece, gens, space).exquo(divisor), gens).items():
            out[join(head, tail)] = c
    return out


@lru_cache(maxsize=64)
def ring(size: int) -> Any:
    """The library's polynomials in so many generators."""
    from sympy import ZZ
    from sympy.polys.rings import PolyRing

    return PolyRing([f"g{i}" for i in range(size)], ZZ)


def dense(p: Poly, gens: tuple[int, ...], space: Any) -> Any:
    """`p` as an element of the library's ring."""
    place = {g: i for i, g in enumerate(gens)}
    out: dict[tuple[int, ...], Any] = {}
    for m, c in p.items():
        powers = [0] * len(gens)
        for g, k in m:
            powers[place[g]] = k
        out[tuple(powers)] = space.domain(c)
    return space.from_dict(out)


def sparse(element: Any, gens: tuple[int, ...]) -> Poly:
    """An element of the library's ring as a polynomial of ours."""
    return {
        tuple((g, k) for g, k in zip(gens, powers, strict=True) if k): int(c)
        for powers, c in element.items()
    }
