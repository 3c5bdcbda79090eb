"""Something else stands for the velocity."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if site.is_vector(e):
        for state, clock in site.states:
            velocity = Call("D", (Name(state), Name(clock)))
            yield Edit(e, velocity, f"{quoted(e)} stands for the velocity {quoted(velocity)}")


REPAIR = Repair("velocity", _edits)
