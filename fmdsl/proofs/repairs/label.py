"""A net is given the wrong label: the one from before it was dropped, or the other way round."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.fields import label_draws
from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if not isinstance(e, Call) or not site.is_call(e):
        return
    labels = label_draws(site.spec)
    for i, given in enumerate(e.args):
        if isinstance(given, Name) and given.id in labels:
            for other in (name for name in labels if name != given.id):
                new = replace(e, args=(*e.args[:i], Name(other), *e.args[i + 1 :]))
                told = f"{quoted(e)} has the label `{given.id}`, and is to have `{other}`"
                yield Edit(e, new, told, given.span)


REPAIR = Repair("label", _edits, early=True)
