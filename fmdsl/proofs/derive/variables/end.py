"""By the clock of the flow's end: the Lagrangian equation.

`d/dr flow(z, t, r) = v(flow(z, t, r), r)`, and where the flow ends the net says by the law.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.algebra.derivative import Tangent
from fmdsl.proofs.derive.identity import Kind, Part, told
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.variables.variable import Taken, Variable
from fmdsl.proofs.verdict import Step


def _take(law: Law, form: Vector, subject: Vector) -> Taken:
    along = Tangent({al.symbol(law.r): al.ONE})
    raw = along.vector(form)
    left = law.by_image(raw)
    parts = told(left, (
        Part(Kind.DERIVATIVE, along.vector(subject)), Part(Kind.VALUE, subject),
        Part(Kind.VELOCITY, law.velocity(law.image, law.r)), Part(Kind.STATE, law.z),
    ))  # fmt: skip
    r, z, t = al.text(law.r), al.text(law.z), al.text(law.t)
    words = (
        f"Differentiate by {r}, {z} and {t} held. The end of the flow moves with the velocity "
        f"where it is, d flow/d{r} = velocity(flow, {r}):"
    )
    after = Step("By the law, the flow ends where the map of the net ends:", left)
    return Taken(parts, (Step(words, raw), after))


VARIABLE = Variable(
    "end",
    "derive by the clock of the flow's end (Lagrangian)",
    lambda law: law.said.end_clock,
    ("the end of the flow is no clock that could be moved",
     "write the law for any end, `flow(z, t, r)`, or derive by the clock of the state"),
    _take,
    term="lagrangian",
    stops="velocity",
    descends=-1,
)  # fmt: skip
