"""Two things are in each other's place: sides of a difference, clocks of a call, weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import combinations

from fmdsl.proofs.repairs.repair import MINUS, Edit, Repair, first_factor, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, Tuple, names, walk
from fmdsl.syntax.replace import replaced


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("-", (a, b)):
            told = f"{quoted(e)} is the wrong way round"
            yield Edit(e, replace(e, args=(b, a)), told, rescaled=(e, MINUS))
            yield from _weights(e, a, b)
        case Call("+", (a, b)):
            yield from _weights(e, a, b)
        case Call(op, args) if site.is_call(e) or op in ("flow", "path"):
            for i, j in combinations(range(len(args)), 2):
                if args[i] != args[j] and not site.sorts.are_in_order(args[i], args[j]):
                    yield _swapped(e, args, i, j)
        case Call("jvp", (_, _, Tuple(items) as along)):
            for i, j in combinations(range(len(items)), 2):
                told = "two of the tangents are exchanged"
                yield Edit(along, replace(along, items=_exchanged(items, i, j)), told)
        case _:
            pass
    if e is site.body:
        yield from _renamed(e, site)


def _weights(e: Call, a: Expr, b: Expr) -> Iterator[Edit]:
    """The first factors of two summands exchanged."""
    p, q = first_factor(a), first_factor(b)
    if p is not None and q is not None and p != q:
        new = replace(e, args=(replaced(a, p, q), replaced(b, q, p)))
        yield Edit(e, new, f"the weights {quoted(p)} and {quoted(q)} are exchanged")


def _swapped(e: Call, args: tuple[Expr, ...], i: int, j: int) -> Edit:
    told = f"{quoted(args[i])} and {quoted(args[j])} are exchanged in {quoted(e)}"
    return Edit(e, replace(e, args=_exchanged(args, i, j)), told)


def _exchanged(items: tuple[Expr, ...], i: int, j: int) -> tuple[Expr, ...]:
    new = list(items)
    new[i], new[j] = new[j], new[i]
    return tuple(new)


def _renamed(e: Expr, site: Site) -> Iterator[Edit]:
    """Two clocks exchanged wherever they stand in a short line of numbers."""
    if not site.is_number(e):
        return
    for a, b in combinations(sorted(names(e) & {*site.clocks}), 2):
        new = e
        for node in walk(e):
            if isinstance(node, Name) and node.id in (a, b):
                new = replaced(new, node, replace(node, id=b if node.id == a else a))
        yield Edit(e, new, f"`{a}` and `{b}` are exchanged")


REPAIR = Repair("exchange", _edits)
