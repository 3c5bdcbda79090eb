"""The velocity of the draws, `D(z, t)`: the marginal one plus noise of mean zero, given z.

It may stand where the residual holds it to the first degree and no part through which gradient
flows holds it: `E[ξ given z] = 0` then leaves the marginal velocity.
"""

from __future__ import annotations

from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.variables import Variable
from fmdsl.proofs.derive.velocities.velocity import Refusal, Velocity
from fmdsl.proofs.frame import XI
from fmdsl.syntax.expr import Expr


def _refuses(law: Law, by: Variable) -> Refusal | None:
    if law.said.teacher:
        given = law.said.teacher
        return f"the law is of the flow of `{given}`, not of the data's", "--velocity teacher"
    if by.name == "end":
        return ("where the map ends no draw says a velocity: it lies on no path of the draws",
                "--velocity own, --velocity head, or --velocity teacher")  # fmt: skip
    return None


def _form(law: Law, place: Vector, clock: Scalar) -> Vector:
    return law.velocity(place, clock) + XI


def _say(draft: Draft, place: Expr, clock: Scalar) -> Expr:
    return draft.conditional(place, clock)


VELOCITY = Velocity(
    "conditional",
    "the velocity of the draws",
    "The velocity of the draws is the marginal one plus ξ, and E[ξ given z] = 0. No part through "
    "which gradient flows holds it, and the residual holds it to the first degree: in expectation "
    "given z the gradient is that of the marginal velocity.",
    _refuses,
    _form,
    _say,
    is_conditional=True,
)
