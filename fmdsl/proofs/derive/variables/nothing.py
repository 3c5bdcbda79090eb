"""By nothing: a law of the velocity itself is regressed on as it is."""

from __future__ import annotations

from fmdsl.algebra import Vector
from fmdsl.proofs.derive.identity import Kind, Part, told
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.variables.variable import Taken, Variable


def _take(law: Law, form: Vector, subject: Vector) -> Taken:
    parts = told(form, (
        Part(Kind.VALUE, subject), Part(Kind.VELOCITY, law.velocity(law.z, law.t)),
        Part(Kind.STATE, law.z),
    ))  # fmt: skip
    return Taken(parts, ())


VARIABLE = Variable(
    "nothing",
    "a law of the velocity, as it is",
    lambda law: None if law.is_of_flow else "nothing",
    ("as it is, the law holds the flow itself, which no program computes",
     "derive by a clock of the flow, or split"),
    _take,
    term="regression",
    stops="nothing",
)  # fmt: skip
