"""A factor is missing, before a summand or a side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import permutations

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.repairs.sorts import VECTOR
from fmdsl.syntax.expr import Call, Expr, Name, Number, names, walk

_HALF = Call("/", (Number("1"), Number("2")))
_AROUND = ("+", "-", "neg", "sse", "mse", "dot", "sg")


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if e is site.body:
        yield from _scaled(e, site)
    if isinstance(e, Call) and e.op in _AROUND:
        for part in e.args:
            yield from _scaled(part, site)


def _scaled(e: Expr, site: Site) -> Iterator[Edit]:
    if site.is_vector(e):
        for factor in dict.fromkeys(_factors(site)):
            told = f"{quoted(e)} lacks the factor {quoted(factor)}"
            yield Edit(e, Call("*", (factor, e)), told, rescaled=(e, factor))
    if isinstance(e, Call) and (site.is_vector(e) or e.op in "+-") and not site.is_number(e):
        new = Call("/", (e, Number("2")))
        yield Edit(e, new, f"{quoted(e)} is to be halved", rescaled=(e, _HALF))


def _factors(site: Site) -> Iterator[Expr]:
    """Numbers that wait to be used, settings, differences of the clocks that stand here."""
    for let in site.unused:
        if site.spec.lets[let.name].type.is_scalar:
            yield Name(let.name)
    here = names(site.body)
    for name in (s for s in site.settings if s in here):
        yield Call("-", (Number("1"), Name(name)))
    yield from map(Name, site.settings)
    yield from (n for n in walk(site.body) if _is_weight(n, site))
    near = [c for c in site.clocks if c in here]
    yield from (Call("-", (Name(a), Name(b))) for a, b in permutations(near, 2))
    for name in near:
        yield Name(name)
        yield Call("-", (Number("1"), Name(name)))


def _is_weight(e: Expr, site: Site) -> bool:
    """A function of the spec that gives a number and has no net in it: `w(c)`."""
    if not isinstance(e, Call) or e.op not in site.functions or site.sorts.moves(e):
        return False
    return site.sorts.of(site.functions[e.op].body) != VECTOR


REPAIR = Repair("factor", _edits)
