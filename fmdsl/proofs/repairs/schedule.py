"""A schedule runs the wrong way: it begins where it should end."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Number, names

_ONE = Number("1")


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if e is not site.body or "progress" not in names(e):
        return
    told = f"{quoted(e)} runs from its end to its beginning"
    if isinstance(e, Call) and e.op == "-" and e.args[0] == _ONE:
        yield Edit(e, e.args[1], told)
    else:
        yield Edit(e, Call("-", (_ONE, e)), told)


REPAIR = Repair("schedule", _edits, early=True)
