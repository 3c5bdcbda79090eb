"""One number stands for another: `t` for `t - r`, `t` for `1 - t`, a step for its half."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair, instead, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, Number


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    for new in _others(e, site):
        told = f"{quoted(e)} stands where {quoted(new)} is meant"
        yield Edit(e, new, told, rescaled=instead(e, new))
    if isinstance(e, Call) and site.is_call(e):
        yield from _twice(e, site)


def _others(e: Expr, site: Site) -> Iterator[Expr]:
    match e:
        case Name(name) if name in site.clocks:
            others = [c for c in site.clocks if c != name]
            yield Call("/", (e, Number("2")))
            yield Call("-", (Number("1"), e))
            yield from map(Name, others)
            yield from (Call("-", (e, Name(c))) for c in (*others, *site.settings))
        case Name(name) if name in site.settings:
            yield Call("-", (Number("1"), e))
        case _:
            pass


def _twice(e: Call, site: Site) -> Iterator[Edit]:
    """A clock that a call is given twice, as on the diagonal, and another in its place."""
    given = [a.id for a in e.args if isinstance(a, Name)]
    for clock in (c for c in site.clocks if given.count(c) > 1):
        for other in (c for c in site.clocks if c != clock):
            args = (Name(other) if isinstance(a, Name) and a.id == clock else a for a in e.args)
            told = f"`{clock}` stands where `{other}` is meant in {quoted(e)}"
            yield Edit(e, replace(e, args=tuple(args)), told)


REPAIR = Repair("clock", _edits)
