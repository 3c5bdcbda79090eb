"""What learns and its target are exchanged: the target is read further from the boundary."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, walk
from fmdsl.syntax.replace import replaced

_REGRESSIONS = frozenset({"sse", "mse", "huber"})


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    """The places of two calls of one map exchanged, the copy that each one calls kept."""
    if not isinstance(e, Call) or e.op not in _REGRESSIONS or len(e.args) != 2:
        return
    left, right = e.args
    for a in _calls(left, site):
        for b in _calls(right, site):
            if a.op == b.op and a.args != b.args:
                told = f"{quoted(a)} learns from {quoted(b)}, and is to be its target"
                sides = (
                    replaced(left, a, replace(a, args=b.args)),
                    replaced(right, b, replace(b, args=a.args)),
                )
                yield Edit(e, replace(e, args=sides), told)


def _calls(side: Expr, site: Site) -> Iterator[Call]:
    return (n for n in walk(side) if isinstance(n, Call) and site.is_call(n))


REPAIR = Repair("roles", _edits, only="descent", early=True)
