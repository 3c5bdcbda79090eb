"""The term that ties a net's diagonal to a velocity.

A law of the net alone holds for the flow of every velocity. What tells the data's apart is the
diagonal: where the two times meet the net says the velocity, and is regressed on it.
"""

from __future__ import annotations

from collections.abc import Callable

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.derive.draft import Draft
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.say import added, call
from fmdsl.proofs.verdict import Step
from fmdsl.syntax.expr import Expr


def tie_to(draft: Draft, velocity: Callable[[Expr, Scalar], Expr]) -> None:
    """Regress the diagonal, `a * velocity + b * state`, at a clock of its own."""
    law = draft.law
    if law.diagonal is None:
        raise NotDerived(
            f"where its two times meet `{law.said.net}` is no velocity: nothing ties it to data",
            "write the law for an average velocity or for the image, "
            "or derive by the clock of the state",
        )
    a, b, _ = law.diagonal
    state, clock = draft.second_state()
    parts = [(b, state), (a, velocity(state, clock))]
    wanted = added((al.put(k, {law.t: clock}), e) for k, e in parts)
    error = call("sse", draft.net_at(state, clock, clock), wanted)
    draft.terms.append(draft.let("diagonal", error, "diagonal", "boundary"))


def tied(law: Law, whose: str) -> Step | None:
    """That term in words; None where the law has no diagonal."""
    if law.diagonal is None:
        return None
    a, b, value = law.diagonal
    words = (
        "Alone, the law holds for the flow of every velocity. A term ties the net to "
        f"{whose} velocity where its two times meet: there {al.text(value)} is to be"
    )
    return Step(words, a * law.velocity(law.z, law.t) + b * law.z)
