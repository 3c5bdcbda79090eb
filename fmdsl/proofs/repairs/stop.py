"""A gradient flows where it should stop, or is stopped where it should flow."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("sg", (a,)):
            yield Edit(e, a, f"`sg` stops the gradient of {quoted(a)}, which is to flow")
        case Call("sse" | "mse" | "huber" | "/", (_, b)) if _may_flow(b, site):
            yield Edit(b, Call("sg", (b,)), f"the gradient flows into {quoted(b)}")
        case _:
            pass
    is_call = isinstance(e, Call) and (e.op in ("D", "jvp") or site.is_call(e))
    if is_call and site.sorts.moves(e):
        yield Edit(e, Call("sg", (replace(e),)), f"the gradient flows into {quoted(e)}")


def _may_flow(e: Expr, site: Site) -> bool:
    is_stopped = isinstance(e, Call) and e.op == "sg"
    return not is_stopped and site.sorts.moves(e)


REPAIR = Repair("stop", _edits)
