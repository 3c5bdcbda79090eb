"""The net's own velocity: what it is where the two times of the flow meet.

At the law's diagonal the net is a velocity or says one, `u(z, t, t) = v(z, t)`. It is learned
there, by a term that ties the diagonal to the data.
"""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.derive.anchor import tie_to, tied
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.say import added, call, number
from fmdsl.proofs.derive.variables import Variable
from fmdsl.proofs.derive.velocities.velocity import Refusal, Velocity
from fmdsl.syntax.expr import Expr


def _refuses(law: Law, by: Variable) -> Refusal | None:
    if by.is_split:
        reason = "two flows in a row hold no velocity for the net's own to stand for"
        return reason, "--velocity conditional, or --velocity teacher"
    if law.said.teacher:
        return f"the velocity of the flow is given: `{law.said.teacher}`", "--velocity teacher"
    if law.diagonal is not None:
        return None
    net, others = law.said.net, ["head", "teacher"] if law.is_of_flow else ["teacher"]
    one = f"`{net}` has no diagonal: it is told one time, and says no velocity"
    two = f"where its two times meet `{net}` is no velocity"
    why = one if law.said.end_clock is None else two
    data = [] if by.name == "end" else ["conditional"]
    return why, ", ".join(f"--velocity {n}" for n in [*data, *others])


def _form(law: Law, place: Vector, clock: Scalar) -> Vector:
    assert law.diagonal is not None
    a, b, value = law.diagonal
    return law.at((value - b * law.z) / a, place, clock)


def _say(draft: Draft, place: Expr, clock: Scalar) -> Expr:
    law = draft.law
    assert law.diagonal is not None
    a, b, _ = law.diagonal
    parts = [(-b / a, draft.state), (al.ONE / a, draft.net_at(draft.state, law.t, law.t))]
    body = added(parts, law.signs)
    name = draft.let("own", body, "v", "w", "vel", params=(law.said.state, law.said.start))
    return call(name, place, number(clock))


def _tie(draft: Draft) -> None:
    tie_to(draft, draft.conditional)


VELOCITY = Velocity(
    "own",
    "the net's own, from its diagonal",
    "By the law at equal times the net says the velocity itself; a term on the diagonal ties it "
    "to the data, and nothing random stands for a marginal quantity.",
    _refuses,
    _form,
    _say,
    tie=_tie,
    tied=lambda law: tied(law, "the draws'"),
    carries=True,
)
