"""Variations by which a residual that is not zero is told from one that cancels.

Two kinds are decided. `c δu` alone: by the fundamental lemma its factor must vanish. `c δu` with
one derivative `k ∂δu` by a clock s that the net sees: integrating by parts leaves a linear
equation of first order in s for the residual times the density of the draws, and the end value
zero, so that again only zero solves it. Everything else may cancel.
"""

from __future__ import annotations

from typing import Any

from fmdsl.algebra import Vector
from fmdsl.algebra.atoms import Jet
from fmdsl.algebra.vector import atom


def is_plain(variation: Vector) -> bool:
    """Whether the variation is one value of δu, with at most one derivative by one clock."""
    jets = [a for a in variation.terms if isinstance(a, Jet)]
    if not jets or len(jets) != len(variation.terms) or any(j.dirs for j in jets):
        return False
    if len({(j.fn, j.places, j.times, j.labels) for j in jets}) != 1:
        return False
    moved = {i for j in jets for i, k in enumerate(j.orders) if k}
    return len(moved) <= 1 and all(sum(j.orders) <= 1 for j in jets)


def is_single(variation: Vector) -> bool:
    """Whether it is a number times one value of δu."""
    return is_plain(variation) and len(variation.terms) == 1


def seen(variation: Vector) -> frozenset[Any]:
    """What the net is told where it is varied."""
    return frozenset[Any]().union(*(atom(a).deps for a in variation.terms))
