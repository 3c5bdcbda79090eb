"""Back from `tan(angle/2)` to sines and cosines, for print only."""

from __future__ import annotations

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Half
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.poly import Poly
from fmdsl.algebra.scalar import function


def in_sines(s: Scalar) -> Scalar:
    """The same scalar with every half-angle tangent written as a sine and a cosine."""
    for g in s.gens:
        if isinstance(g, Half):
            degree = max(_degree(s.num, g.uid), _degree(s.below, g.uid))
            size = (degree + 1) // 2
            s = _by_angle(s.num, g, size) / _by_angle(s.below, g, size)
    return s


def _degree(p: Poly, g: int) -> int:
    return max((dict(m).get(g, 0) for m in p), default=0)


def _by_angle(p: Poly, g: Half, size: int) -> Scalar:
    """`p / (1 + T^2)^size` in the sine and cosine of the angle, at most one sine a term."""
    s, c = function("sin", g.angle), function("cos", g.angle)
    out = s * 0
    for mono, rest in poly.split(p, frozenset({g.uid})).items():
        k = dict(mono).get(g.uid, 0)
        even = ((1 - c) / 2) ** (k // 2) * ((1 + c) / 2) ** ((2 * size - k) // 2)
        term = Scalar(rest) * even
        out = out + (term * s / 2 if k % 2 else term)
    return out
