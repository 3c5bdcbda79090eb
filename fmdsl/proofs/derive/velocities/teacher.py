"""A teacher's velocity, given: the law is then of the teacher's flow."""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.say import call, number
from fmdsl.proofs.derive.variables import Variable
from fmdsl.proofs.derive.velocities.velocity import Refusal, Velocity
from fmdsl.syntax.expr import Expr


def name(law: Law) -> str:
    """The teacher's name: that of the law, where it has one."""
    return law.said.teacher or law.fresh("T", "teacher", "T'")


def _refuses(law: Law, by: Variable) -> Refusal | None:
    return None


def _form(law: Law, place: Vector, clock: Scalar) -> Vector:
    return al.net(name(law), "teacher")(place, clock)


def _say(draft: Draft, place: Expr, clock: Scalar) -> Expr:
    given, t = name(draft.law), draft.law.said.start
    draft.nets[given] = f"teacher(point@{t}, {t}) -> tangent"
    return call(given, place, number(clock))


VELOCITY = Velocity(
    "teacher",
    "a teacher's velocity",
    "The teacher's velocity is given, a function of the state: the law is of the teacher's flow, "
    "and nothing random stands for a marginal quantity.",
    _refuses,
    _form,
    _say,
    output=name,
    is_given=True,
)
