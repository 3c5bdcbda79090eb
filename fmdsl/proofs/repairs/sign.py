"""A sign is wrong: `+` for `-`, or a minus too much."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import MINUS, Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr

_OTHER = {"+": "-", "-": "+"}


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("+" | "-", (_, b)):
            place = e.op_span and b.span and e.op_span | b.span
            yield Edit(
                e, replace(e, op=_OTHER[e.op]), f"{quoted(b)} has the wrong sign", place, (b, MINUS)
            )
        case Call("neg", (a,)) if not site.is_number(a):
            yield Edit(e, a, f"{quoted(a)} has the wrong sign", rescaled=(e, MINUS))
        case _:
            pass


REPAIR = Repair("sign", _edits)
