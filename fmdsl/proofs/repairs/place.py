"""A net is read at the wrong point: at the state, and not where the map takes it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import permutations

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, names


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if not isinstance(e, Call) or not site.is_call(e) or not e.args:
        return
    first, *rest = e.args
    for new in _points(first, site):
        if new != first:
            told = f"{quoted(e)} is read at {quoted(first)}, and is to be read at {quoted(new)}"
            yield Edit(e, replace(e, args=(new, *rest)), told)


def _points(at: Expr, site: Site) -> Iterator[Expr]:
    """Other states, this one scaled, and where the spec's own maps take it."""
    yield from (Call(op, (at, Name(s))) for s in site.settings for op in "/*")
    for name, let in site.spec.lets.items():
        if let.type.is_vector:
            yield Name(name)
    near = [c for c in site.clocks if c in names(site.body)]
    for name, let in site.functions.items():
        if name != site.name and let.params:
            for clocks in permutations(near, len(let.params) - 1):
                yield Call(name, (at, *map(Name, clocks)))


REPAIR = Repair("place", _edits)
