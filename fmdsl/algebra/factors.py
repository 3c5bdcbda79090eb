"""Irreducible factors, so that denominators are kept factored and never need a common divisor.

A primitive polynomial that is linear in one of its generators is irreducible: most that occur
are, and quadratics have their discriminant. The others are factored by the library, or left whole
where they are very large: a zero numerator is decided all the same, and only the lowest terms may
be missed.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from heapq import heapify, heappop, heappush
from math import gcd
from typing import Any

from fmdsl.algebra.modular import at_point, remainder
from fmdsl.algebra.poly import Mono, Poly, join, lower, monomial_gcd, split, variables
from fmdsl.algebra.quadratic import halves

Factors = tuple[tuple[Poly, int], ...]
LARGEST = 200


def factor(p: Poly) -> tuple[int, Factors]:
    """The number and the powers of irreducible polynomials whose product is `p`."""
    number = gcd(*p.values()) * (-1 if p[max(p, key=_rank)] < 0 else 1)
    return number, _primitive(frozenset((m, c // number) for m, c in p.items()))


@lru_cache(maxsize=1 << 14)
def _primitive(items: frozenset[tuple[Mono, int]]) -> Factors:
    p = dict(items)
    common = monomial_gcd(p)
    parts: Factors = tuple(({((g, 1),): 1}, k) for g, k in common)
    rest = {lower(m, common): c for m, c in p.items()}
    return parts if len(rest) == 1 else parts + _without_monomial(rest)


def _without_monomial(p: Poly) -> Factors:
    heads = sorted((_slope(p, g) for g in _linear(p)), key=len)
    if not heads:
        return _of_higher_degree(p)
    for q, _ in factor(heads[0])[1]:
        rest = divide(p, q)
        if rest is not None:
            return _merge(((q, 1), *factor(rest)[1]))
    return ((p, 1),)


def _of_higher_degree(p: Poly) -> Factors:
    found = halves(p)
    if found is None:
        return _by_library(p) if len(p) <= LARGEST else ((p, 1),)
    return _merge(part for q in found for part in factor(q)[1]) if found else ((p, 1),)


def _linear(p: Poly) -> list[int]:
    """The generators in which `p` is of degree one."""
    degree: dict[int, int] = {}
    for m in p:
        for g, k in m:
            degree[g] = max(k, degree.get(g, 0))
    return sorted(g for g, k in degree.items() if k == 1)


def _slope(p: Poly, g: int) -> Poly:
    return split(p, frozenset({g}))[((g, 1),)]


def _merge(parts: Iterable[tuple[Poly, int]]) -> Factors:
    out: dict[frozenset[tuple[Mono, int]], int] = {}
    for q, k in parts:
        key = frozenset(q.items())
        out[key] = out.get(key, 0) + k
    return tuple((dict(q), k) for q, k in out.items())


def divide_out(p: Poly, q: Poly, most: int) -> tuple[Poly, int]:
    """`p` over the power of `q`, at most so high, that divides it, and how high that is."""
    if len(q) == 1:
        (((g, _),),) = q
        k = min(most, *(dict(m).get(g, 0) for m in p))
        return ({lower(m, ((g, k),)): c for m, c in p.items()} if k else p), k
    power = 0
    while power < most and (quotient := divide(p, q)) is not None:
        p, power = quotient, power + 1
    return p, power


def divide(p: Poly, q: Poly) -> Poly | None:
    """`p / q` if `q`, which is primitive, divides it."""
    if not p or not variables(q) <= variables(p) or not _may_divide(p, q):
        return None if p else p
    top = max(q, key=_rank)
    tail = [(m, c) for m, c in q.items() if m != top]
    rest, out = dict(p), dict[Mono, int]()
    order = [(_descending(m), m) for m in rest]
    heapify(order)
    while order:
        m = heappop(order)[1]
        c = rest.pop(m, 0)
        if not c:
            continue
        step = _ratio(m, top)
        if step is None or c % q[top]:
            return None
        out[step] = c // q[top]
        for n, d in tail:
            key = join(step, n)
            if key not in rest:
                heappush(order, (_descending(key), key))
            rest[key] = rest.get(key, 0) - out[step] * d
    return out


def _rank(m: Mono) -> tuple[tuple[int, int], ...]:
    """Lexicographic: the generator that appeared first counts most."""
    return tuple((-g, k) for g, k in m)


def _descending(m: Mono) -> tuple[tuple[int, int], ...]:
    return (*((g, -k) for g, k in m), (1 << 62, 0))


def _ratio(m: Mono, by: Mono) -> Mono | None:
    powers = dict(m)
    if any(powers.get(g, 0) < k for g, k in by):
        return None
    return lower(m, by)


def _may_divide(p: Poly, q: Poly) -> bool:
    """Whether it divides at one point modulo a large prime: if not there, then nowhere."""
    g = next(iter(variables(q)))
    below = at_point(q, g)
    return not below[-1] or not any(remainder(at_point(p, g), below))  # a zero tells nothing


def _by_library(p: Poly) -> Factors:
    gens = tuple(sorted(variables(p)))
    _, found = _dense(p, gens).factor_list()
    parts: list[tuple[Poly, int]] = []
    for element, k in found:
        q = {
            tuple((g, j) for g, j in zip(gens, powers, strict=True) if j): int(c)
            for powers, c in element.items()
        }
        parts.append((_positive(q), k))
    return tuple(parts)


def _positive(p: Poly) -> Poly:
    return p if p[max(p, key=_rank)] > 0 else {m: -c for m, c in p.items()}


def _dense(p: Poly, gens: tuple[int, ...]) -> Any:
    ring = _ring(len(gens))
    out: dict[tuple[int, ...], Any] = {}
    for m, c in p.items():
        powers = dict(m)
        out[tuple(powers.get(g, 0) for g in gens)] = ring.domain(c)
    return ring.from_dict(out)


@lru_cache(maxsize=64)
def _ring(size: int) -> Any:
    from sympy import ZZ
    from sympy.polys.rings import PolyRing

    return PolyRing([f"g{i}" for i in range(size)], ZZ)
