"""Averages over a clock that the net does not see, exact in a random world.

In a world of rational functions the residual is a polynomial in a clock γ that is uniform on an
interval; its mean is then a sum over enough nodes with rational weights, the same for all larger
numbers of nodes.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Symbol, Vector
from fmdsl.semantics.elaborated import Elaborated, LawTerm
from fmdsl.terms.term import Term, number

_NODES = (12, 14)


def averaged(spec: Elaborated, form: Vector, hidden: Sequence[Symbol]) -> al.Counterexample | None:
    """A world in which the mean over one hidden uniform clock is not zero."""
    if len(hidden) != 1:
        return None
    bounds = _uniform(spec, hidden[0].name)
    if bounds is None:
        return None
    for seed in range(3):
        try:
            means = [_mean(form, hidden[0], bounds, seed, n) for n in _NODES]
        except (ZeroDivisionError, ValueError, TypeError):
            continue
        if means[0] == means[1] and any(means[0]):
            return al.Counterexample(seed, 2, means[0])
    return None


def _uniform(spec: Elaborated, name: str) -> tuple[Fraction, Fraction] | None:
    for drawn in spec.draws:
        if name in drawn.names and drawn.law.name == "uniform":
            ends = [None if isinstance(p, LawTerm) else _number(p) for p in drawn.law.params]
            if len(ends) == 2 and ends[0] is not None and ends[1] is not None:
                return ends[0], ends[1]
    return None


def _number(t: Term) -> Fraction | None:
    return number(t)


def _mean(
    form: Vector, clock: Symbol, bounds: tuple[Fraction, Fraction], seed: int, nodes: int
) -> list[Fraction]:
    low, high = bounds
    places = [Fraction(i + 1, nodes + 2) for i in range(nodes + 1)]
    out: list[Any] = [Fraction(0), Fraction(0)]
    for place, weight in zip(places, _weights(places), strict=True):
        world = al.World(seed, 2)
        world.given[clock] = low + (high - low) * place
        out = [a + weight * b for a, b in zip(out, world.vector(form), strict=True)]
    return out


def _weights(places: list[Fraction]) -> list[Fraction]:
    """The integral over [0, 1] of each Lagrange polynomial."""
    out: list[Fraction] = []
    for i, x in enumerate(places):
        poly = [Fraction(1)]
        for j, y in enumerate(places):
            if i != j:
                shifted = [Fraction(0), *poly]
                scaled = [*(c * y for c in poly), Fraction(0)]
                poly = [(a - b) / (x - y) for a, b in zip(shifted, scaled, strict=True)]
        out.append(sum((c / (k + 1) for k, c in enumerate(poly)), Fraction(0)))
    return out
