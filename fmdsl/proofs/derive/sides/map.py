"""For the net's map, along which the gradient is prescribed: `dot(f, sg(residual))`.

A regression of the map on a copy of itself a step nearer to the end has, as the step vanishes,
the gradient `δf · residual`: this is continuous-time consistency.
"""

from __future__ import annotations

from fmdsl.algebra import Vector
from fmdsl.algebra.vector import atom
from fmdsl.proofs.derive.identity import Identity
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.sides.side import Side, Solved


def _whole(law: Law) -> tuple[Vector, Vector]:
    return law.image - atom(law.exact), law.image


def _solve(identity: Identity) -> Solved:
    return Solved(identity, Identity(()))


SIDE = Side("map", "the map, along a prescribed gradient", _whole, _solve, "target", True)
