"""Solved for the velocity: what the net says of it is regressed on it."""

from __future__ import annotations

from fmdsl.algebra import Vector
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.sides.side import Side, Solved, isolated


def _whole(law: Law) -> tuple[Vector, Vector]:
    return law.form, law.value


def _solve(identity: Identity) -> Solved:
    found = isolated(identity, Kind.VELOCITY, (
        "two flows in a row hold no velocity to solve for",
        "solve for the net, or prescribe the gradient of the map: --for map",
    ))  # fmt: skip
    return Solved(found.right, found.left)


SIDE = Side("velocity", "the velocity", _whole, _solve)
