"""A power stands for a deviation: `1 - alpha_bar(t)` divides where its root is meant."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr

_SUMS = frozenset({"+", "-"})


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("/", (_, Call(op) as below)) if op in _SUMS and not site.sorts.moves(below):
            told = f"{quoted(below)} divides where its root is meant"
            yield Edit(below, Call("sqrt", (replace(below),)), told)
        case _:
            pass


REPAIR = Repair("root", _edits, early=True)
