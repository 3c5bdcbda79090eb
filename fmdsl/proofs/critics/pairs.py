"""Losses of pairs of a real and a generated sample, each drawn on its own."""

from __future__ import annotations

from typing import Any

from fmdsl.proofs.critics.optimum import (
    Maximum,
    Optimum,
    by_exponential,
    densities,
    number,
    root_of,
    sign,
)
from fmdsl.proofs.critics.values import NoValue, Values, given
from fmdsl.terms.term import Term


def pair(read: Values, total: Any) -> Optimum:
    """`E f(D(x), D(y))` over a real x and a generated y, drawn independently.

    Its variation at a point, seen beside another point with densities P and Q, is
    `p Q f₁(d, D) + q P f₂(D, d)`. A d that makes this zero beside every point makes their
    integral zero; by antisymmetry only differences of a function of p/q can.
    """
    import sympy as sp

    kinds = [[s for s in read.samples.values() if s.generated == k] for k in (False, True)]
    if [len(kind) for kind in kinds] != [1, 1]:
        raise NoValue("pairs of several samples of one kind are judged")
    (real,), (made,) = kinds
    _independent(real.call, made.call)
    p, q = densities()
    other = sp.symbols("P Q", positive=True)
    gap, shift = sp.Symbol("g", real=True), sp.Symbol("k", real=True)
    moved = total.subs({real.symbol: real.symbol + shift, made.symbol: made.symbol + shift})
    if sp.simplify(moved - total) != 0:
        raise NoValue("a term of a pair is no function of the difference of its two numbers")
    of_gap = total.subs({real.symbol: gap, made.symbol: 0})
    slope = sp.diff(of_gap, gap)
    if slope.has(sp.Max, sp.Heaviside):
        raise NoValue("the loss of a pair has kinks: its optimum depends on the whole of both laws")
    beside = p * other[1] * slope - q * other[0] * slope.subs(gap, -gap)
    root = root_of(beside.subs(gap, number()))
    far = {p: other[0], q: other[1]}
    alone = sp.log(p / q) if root.has(sp.log) else None
    way = sign(sp.diff(root, p))
    if alone is None or sp.simplify(sp.expand_log(root - way * (alone - alone.subs(far)))) != 0:
        raise NoValue("the optimum at a point depends on the whole of both laws")
    curvature = by_exponential(sp.diff(slope, gap), gap)
    if sign(curvature) <= 0:
        why = "the loss of a pair is not convex in the difference of its two numbers"
        raise Maximum(why, curvature)
    found = way * alone
    return Optimum(str(sp.logcombine(found)), way, (found,), constant=True)


def _independent(real: Term, made: Term) -> None:
    shared = (real.free & made.free) - (given(real) & given(made))
    if shared:
        raise NoValue(f"the two samples of a pair share {', '.join(sorted(shared))}")
