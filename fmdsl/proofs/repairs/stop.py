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
        case Call("sse" | "mse" | "huber", (a, b)) | Call("/", (a, b)) if not _is_stopped(b):
            yield Edit(b, Call("sg", (b,)), f"the gradient flows into {quoted(b)}")
        case _:
            pass
    if isinstance(e, Call) and (e.op in ("D", "jvp") or site.is_call(e)):
        yield Edit(e, Call("sg", (replace(e),)), f"the gradient flows into {quoted(e)}")


def _is_stopped(e: Expr) -> bool:
    return isinstance(e, Call) and e.op == "sg"


REPAIR = Repair("stop", _edits)
