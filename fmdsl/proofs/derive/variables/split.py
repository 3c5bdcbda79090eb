"""By a time between, with no derivative: the semigroup law.

`flow(flow(z, t, m), m, r) = flow(z, t, r)`, each flow read off the net.
"""

from __future__ import annotations

from dataclasses import replace

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.derive.identity import Identity, Kind, Part, told
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.variables.variable import Taken, Variable
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.verdict import Step


def _take(law: Law, form: Vector, subject: Vector) -> Taken:
    m = law.between
    first = al.put(law.image, {law.r: m})
    flow = al.Net(flow_of(DATA_VELOCITY.fn))
    composed = al.put(form, {flow: lambda *_: law.image_at(first, m, law.r)})
    found = told(composed, (
        Part(Kind.SECOND, law.at(subject, first, m)), Part(Kind.VALUE, subject),
        Part(Kind.FIRST, al.put(subject, {law.r: m})), Part(Kind.STATE, law.z),
    ))  # fmt: skip
    shared = {m: law.t - law.share * (law.t - law.r)}
    parts = tuple(replace(p, factor=al.put(p.factor, shared)) for p in found.parts)
    t, r, z = al.text(law.t), al.text(law.r), al.text(law.z)
    words = (
        f"Two flows in a row are one, flow(flow({z}, {t}, {m}), {m}, {r}) = flow({z}, {t}, {r}); "
        "each of them is the map of the net:"
    )
    return Taken(Identity(parts), (Step(words, composed),))


VARIABLE = Variable(
    "split",
    "no derivative: two flows in a row are one (the semigroup law)",
    lambda law: "split" if law.said.end_clock else None,
    ("the law carries the state to one end alone, and not to a time between",
     "write the law for any end, `flow(z, t, r)`"),
    _take,
    term="semigroup",
    stops="target",
    is_split=True,
)  # fmt: skip
