"""By the clock of the state, which moves along the flow: the Eulerian equation.

The flow that starts at z, a step along its own trajectory, ends where it ended:
`d/dt flow(z, t, r) = 0` along `dz/dt = v(z, t)`.
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
    velocity = law.velocity(law.z, law.t)
    along = Tangent({al.symbol(law.t): al.ONE}, {al.basis(law.z): velocity})
    raw = along.vector(form)
    left = law.by_image(raw)
    parts = told(left, (
        Part(Kind.DERIVATIVE, along.vector(subject)), Part(Kind.VALUE, subject),
        Part(Kind.VELOCITY, velocity), Part(Kind.STATE, law.z),
    ))  # fmt: skip
    t, z = al.text(law.t), al.text(law.z)
    words = (
        f"Differentiate by {t}, the state moving along the flow, d{z}/d{t} = velocity({z}, {t}). "
        "The flow does not change along its own trajectory, and no derivative of it is left:"
    )
    steps = [Step(words, raw)]
    if left != raw:
        steps.append(Step("By the law, the flow is the map of the net:", left))
    return Taken(parts, tuple(steps))


VARIABLE = Variable(
    "start",
    "derive by the state's own clock, moving along the flow (Eulerian)",
    lambda law: law.said.start if law.is_of_flow else None,
    ("the law is of a velocity, and no derivative of it is known", "--by nothing"),
    _take,
    term="eulerian",
    stops="derivative",
    moves_state=True,
)
