"""A state is made with a noise of its own, where it is to lie on the path of another state."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if not isinstance(e, Call) or e.op != "path":
        return
    drawn = [n for d in site.spec.draws if d.law.name == "noise" for n in d.names]
    for i, end in enumerate(e.args):
        if isinstance(end, Name) and end.id in drawn:
            for other in drawn[: drawn.index(end.id)]:
                args = (*e.args[:i], Name(other), *e.args[i + 1 :])
                told = f"{quoted(e)} is off the path of the pair: its noise is `{other}`"
                yield Edit(e, replace(e, args=args), told)


REPAIR = Repair("noise", _edits, only="truth stationary", early=True)
