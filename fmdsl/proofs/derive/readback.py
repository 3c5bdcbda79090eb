"""What an objective says, read back from its text, against what was derived."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.derive.choice import Choice
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.sides.side import Solved
from fmdsl.proofs.derive.velocities import Velocity
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.variation import Varied


def standing(choice: Choice, solved: Solved) -> Vector:
    """The residual with what stands for the velocity in its place."""
    return _standing(choice, solved.left) - _standing(choice, solved.right)


def _standing(choice: Choice, parts: Identity) -> Vector:
    return al.total((p.factor, _put(choice, p.kind, p.form)) for p in parts.parts)


def _put(choice: Choice, kind: Kind, form: Vector) -> Vector:
    one = choice.along if kind is Kind.DERIVATIVE else choice.velocity
    return al.put(form, {DATA_VELOCITY: _formula(choice, one)})


def _formula(choice: Choice, one: Velocity) -> Callable[..., Vector]:
    return lambda place, clock: one.form(choice.law, place, clock)


def read_back(case: Case, choice: Choice, wanted: Vector) -> Varied:
    """The first term of the spec, as the algebra reads it.

    Raises NotDerived where its residual is not the derived one.
    """
    try:
        varied = case.parts[0].varied
    except STOPS as stop:
        raise NotDerived(f"the algebra has no form for it: {stop}", "write a simpler law") from None
    law = choice.law
    share = law.t - law.share * (law.t - law.r) if choice.by.is_split else law.between
    told = wanted if choice.side.is_prescribed else al.put(wanted, {law.between: share})
    gap = varied.residual - told
    if not gap.is_zero:
        raise NotDerived(f"what is written is not what was derived: off by {al.text(gap)}",
                         "write the law in another form")  # fmt: skip
    return varied
