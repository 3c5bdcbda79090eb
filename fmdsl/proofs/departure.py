"""How a step leaves its state: what is asked of a net that knows a velocity and no flow.

Euler's step is not the flow, nor are Heun's and DDIM's, and each comes to it as it gets small:
exactly where it stays where its clocks meet, and leaves with the law's velocity. A net whose
identity speaks of a flow can do better, and is asked for the flow itself.
"""

from __future__ import annotations

from collections.abc import Iterable

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.proofs.case import Case
from fmdsl.semantics.elaborated import SampleRule


def departure(case: Case, rule: SampleRule, body: Vector, nets: Iterable[str]) -> Vector | None:
    """The speed `d step / dr` at r = t, with nets at their truth.

    None of a net that knows a flow, and of a step that moves where its clocks meet.
    """
    if rule.kind != "step" or any(_knows_a_flow(case, n) for n in nets):
        return None
    z, t, r = al.state(rule.params[0]), *(al.time(c) for c in rule.params[1:])
    try:
        stays = (al.put(body, {r: t}) - z).is_zero
        return al.put(al.D(body, r), {r: t}) if stays else None
    except al.Pole:
        return None


def _knows_a_flow(case: Case, net: str) -> bool:
    truth = case.truths[net]
    return any(f.role == "flow" for f in al.nets_in(truth.solved(truth.labels).value))
