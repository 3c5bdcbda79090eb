"""Sparse polynomials with integer coefficients: a dict from monomials to integers.

A monomial is a sorted tuple of (generator number, exponent).
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

from fmdsl.algebra.undecided import Undecided

Mono = tuple[tuple[int, int], ...]
Poly = dict[Mono, int]

#: Products of terms beyond which a product is not worked out: it would take minutes.
_MOST = 100_000


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
    """The product. Raises Undecided where it would be too long."""
    if len(p) * len(q) > _MOST:
        raise Undecided("a form grows too long", f"{len(p)} terms times {len(q)}")
    out: Poly = {}
    for m, c in p.items():
        for n, d in q.items():
            key = join(m, n) if m and n else m or n
            out[key] = out.get(key, 0) + c * d
    return {m: c for m, c in out.items() if c}


def power(p: Poly, k: int) -> Poly:
    """`p^k`, k not negative."""
    if len(p) == 1:
        ((m, c),) = p.items()
        return {tuple((g, j * k) for g, j in m) if k else (): c**k}
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
    """The generators that occur."""
    return frozenset(g for m in p for g, _ in m)


def split(p: Poly, outer: frozenset[int]) -> dict[Mono, Poly]:
    """`p` as a polynomial in the `outer` generators, coefficients in the others."""
    out: dict[Mono, Poly] = {}
    for m, c in p.items():
        head = tuple(f for f in m if f[0] in outer)
        tail = tuple(f for f in m if f[0] not in outer) if head else m
        out.setdefault(head, {})[tail] = c
    return out


def monomial_gcd(monos: Iterable[Mono]) -> Mono:
    """The largest monomial that divides all."""
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
