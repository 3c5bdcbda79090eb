"""A second output of the net's weights, trained to be the velocity.

It is read where the two times meet, and regressed on the velocity of the draws everywhere.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.say import call, text
from fmdsl.proofs.derive.variables import Variable
from fmdsl.proofs.derive.velocities.velocity import Refusal, Velocity
from fmdsl.proofs.verdict import Step
from fmdsl.syntax.expr import Expr


def _refuses(law: Law, by: Variable) -> Refusal | None:
    if by.is_split:
        reason = "two flows in a row hold no velocity for a second output to stand for"
        return reason, "--velocity conditional, or --velocity teacher"
    if law.said.teacher:
        return f"the velocity of the flow is given: `{law.said.teacher}`", "--velocity teacher"
    if not law.is_of_flow:
        return f"`{law.said.net}` is the velocity already", "--velocity conditional"
    return None


def name(law: Law) -> str:
    """The second output's name."""
    return law.fresh("v", "w", "vel", "head")


def _form(law: Law, place: Vector, clock: Scalar) -> Vector:
    value = al.net(name(law))(*law.own.places, *law.own.times)
    return law.at(value, place, clock, clock)


def _say(draft: Draft, place: Expr, clock: Scalar) -> Expr:
    return call(name(draft.law), *draft.net_at(place, clock, clock).args)


def _tie(draft: Draft) -> None:
    law = draft.law
    head = call(name(law), *law.said.call.args)
    draft.heads.append(name(law))
    error = call("sse", head, draft.conditional(draft.state, law.t))
    draft.terms.append(draft.let("head", error, "flow_matching", "head_error"))
    draft.identities.append(f"{text(head)} = velocity({law.said.state}, {law.said.start})")


VELOCITY = Velocity(
    "head",
    "a second output of the net, trained to be it",
    "A second output is regressed on the velocity of the draws, whose mean given z is the "
    "marginal velocity: it is a function of the state, and nothing random.",
    _refuses,
    _form,
    _say,
    output=name,
    tie=_tie,
    tied=lambda _: Step(
        "A term of its own regresses the second output on the velocity of the draws."
    ),
    carries=True,
)
