"""Solved for the net's value: it is regressed on all the rest, which is a target."""

from __future__ import annotations

from fmdsl.algebra import Vector
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.sides.side import Side, Solved, isolated


def _whole(law: Law) -> tuple[Vector, Vector]:
    return law.form, law.value


def _solve(identity: Identity) -> Solved:
    return isolated(identity, Kind.VALUE, (
        "the net's own value has gone: it is left in a derivative alone, and nothing is regressed",
        "prescribe the gradient of the map: --for map",
    ))  # fmt: skip


SIDE = Side("net", "the net's value", _whole, _solve, "target")
