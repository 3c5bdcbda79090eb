"""How a step leaves its state: what is asked where a spec knows a velocity and no flow.

Euler's step is not the flow, nor are Heun's and DDIM's, and each comes to it as it gets small:
exactly where it stays where its clocks meet, and leaves with the law's velocity. A spec whose
identities speak of a flow has learned to jump, and is asked for the flow itself.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.semantics.elaborated import Elaborated, SampleRule
from fmdsl.semantics.exact import is_flow
from fmdsl.terms.term import walk


def departure(spec: Elaborated, rule: SampleRule, body: Vector) -> Vector | None:
    """The speed `d step / dr` at r = t, with nets at their truth.

    None where the spec knows a flow, and of a step that moves where its clocks meet.
    """
    if rule.kind != "step" or _knows_a_flow(spec):
        return None
    z, t, r = al.state(rule.params[0]), *(al.time(c) for c in rule.params[1:])
    try:
        stays = (al.put(body, {r: t}) - z).is_zero
        return al.put(al.D(body, r), {r: t}) if stays else None
    except al.Pole:
        return None


def _knows_a_flow(spec: Elaborated) -> bool:
    sides = (side for equation in spec.equations for side in (equation.left, equation.right))
    return any(map(is_flow, walk(*sides)))
