"""Whether two specs have one path: their losses are of different states where they do not."""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.case import STOPS
from fmdsl.proofs.law import weights_at
from fmdsl.proofs.relation import DIFFERENT, Relation
from fmdsl.proofs.verdict import counterexample
from fmdsl.semantics.elaborated import Elaborated


def paths_apart(a: Elaborated, b: Elaborated, values: dict[Any, Any]) -> Relation | None:
    """What the states of A and B at one clock differ by; None where by nothing that is known.

    `values` are what settings, and clocks that are fixed, are asked to be.
    """
    try:
        gap = al.put(_point(a) - _point(b), values)
    except STOPS:
        return None
    if gap.is_zero:
        return None
    told = f"the paths differ: the states at one clock are {al.text(gap)} apart"
    return Relation(DIFFERENT, told, None, (), gap, counterexample(gap))


def _point(spec: Elaborated) -> al.Vector:
    weights = weights_at(spec, al.time("t"))
    return weights.alpha * al.random("x") + weights.sigma * al.random("e")
