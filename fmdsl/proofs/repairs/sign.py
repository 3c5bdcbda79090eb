"""A sign is wrong: `+` for `-`, a minus too much, a minus forgotten."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name

_OTHER = {"+": "-", "-": "+"}
_COMPARED = ("sse", "mse", "dot", "huber")


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("+" | "-", (a, b)):
            if not site.is_number(e) and not _is_sum(a):
                yield Edit(a, Call("neg", (a,)), f"{quoted(a)} has the wrong sign")
            place = e.op_span and b.span and e.op_span | b.span
            yield Edit(e, replace(e, op=_OTHER[e.op]), f"{quoted(b)} has the wrong sign", place)
        case Call("neg", (a,)) if not site.is_number(a):
            yield Edit(e, a, f"{quoted(a)} has the wrong sign")
        case Call(op, args) if op in _COMPARED:
            for a in args:
                if isinstance(a, Name):
                    yield Edit(a, Call("neg", (a,)), f"{quoted(a)} has the wrong sign")
        case _:
            pass


def _is_sum(e: Expr) -> bool:
    return isinstance(e, Call) and e.op in ("+", "-", "neg")


REPAIR = Repair("sign", _edits)
