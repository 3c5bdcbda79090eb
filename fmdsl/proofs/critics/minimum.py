"""Symbolic minimisation of a discriminator's loss, point by point.

Given an input with density p among real and q among generated samples, the loss is
`p a(D) + q b(D)`. Where it is smooth its stationary point is solved for, and must be a minimum;
where it is piecewise linear the minimum is at a kink; a linear loss has none.
"""

from __future__ import annotations

from typing import Any

from fmdsl.proofs.critics.optimum import Maximum, Optimum, densities, number, root_of, sign
from fmdsl.proofs.critics.pairs import pair
from fmdsl.proofs.critics.values import NoValue, Values


def minimum(read: Values, total: Any) -> Optimum:
    """The optimum of a sum of functions of single samples and of pairs. Raises NoValue."""
    import sympy as sp

    single, paired = sp.Integer(0), sp.Integer(0)
    p, q = densities()
    whole: Any = sp.expand_mul(total)
    for addend in sp.Add.make_args(whole):
        own = [read.sample_of(s) for s in sorted(addend.free_symbols & _symbols(read), key=str)]
        if len(own) == 1:
            weight = q if own[0].generated else p
            single += weight * addend.subs(own[0].symbol, number())
        elif len(own) == 2 and own[0].generated != own[1].generated:
            paired += addend
        elif own:
            raise NoValue("a term holds its numbers on several samples of one kind")
    if paired != 0 and single != 0:
        raise NoValue("it judges samples both singly and in pairs")
    return pair(read, paired) if paired != 0 else _single(single)


def _symbols(read: Values) -> set[Any]:
    return {s.symbol for s in read.samples.values()}


def _single(total: Any) -> Optimum:
    import sympy as sp

    d, p = number(), densities()[0]
    if total.has(sp.Max):
        return _kinked(total)
    slope = sp.diff(total, d)
    if not slope.has(d):
        if slope == 0:
            raise NoValue("it does not depend on its number")
        words = "its loss is linear in its number, which has no least value"
        return Optimum(words, sign(-sp.diff(slope, p)), slope=slope)
    root = root_of(slope)
    curvature = sp.diff(slope, d).subs(d, root)
    if sign(curvature) < 0:
        raise Maximum(f"{root} is where its loss is largest", curvature)
    if sign(curvature) == 0:
        raise NoValue(f"whether {root} is a minimum is not decided")
    return Optimum(str(root), sign(sp.diff(root, p)), (root,), slope=slope)


def _kinked(total: Any) -> Optimum:
    """Hinge losses: linear between two kinks, rising outside; least at the likelier side's."""
    import sympy as sp

    d, (p, q) = number(), densities()
    kinks = sorted({r for m in total.atoms(sp.Max) for a in m.args for r in _kink(a)})
    if len(kinks) != 2:
        raise NoValue(f"its loss has {len(kinks)} kinks")
    low, high = kinks
    if any(sign(_rise(total, k, way)) <= 0 for k, way in ((low, -1), (high, 1))):
        raise NoValue("its loss falls without end")
    gap = sp.expand(total.subs(d, high) - total.subs(d, low))
    by_p, by_q = gap.coeff(p), gap.coeff(q)
    if not by_p * by_q < 0:
        raise NoValue("its least value is the same for every sample")
    way = 1 if by_p < 0 else -1
    likelier = (high, low) if way > 0 else (low, high)
    level = -by_q / by_p * densities()[1]
    words = f"{likelier[0]} where p > {level} and {likelier[1]} where p < {level}"
    return Optimum(words, way, (low, high))


def _kink(a: Any) -> list[Any]:
    import sympy as sp

    return sp.solve(a, number()) if a.has(number()) else []


def _rise(total: Any, kink: Any, way: int) -> Any:
    """By how much the loss rises in a step outward from an outer kink."""
    d = number()
    return total.subs(d, kink + way) - total.subs(d, kink)
