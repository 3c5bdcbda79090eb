"""A minus is forgotten, before the first of two summands or a side of a comparison."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import MINUS, Edit, Repair, first_factor, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.replace import replaced

_COMPARED = ("sse", "mse", "dot", "huber")


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("+" | "-", (a, _)) if not site.is_number(e) and not _has_sign(a):
            yield _negative(a)
        case Call(op, args) if op in _COMPARED:
            yield from (_negative(a) for a in args if isinstance(a, Name))
        case _:
            pass


def _negative(e: Expr) -> Edit:
    """`-a * b` for `a * b`, as one writes it."""
    first = first_factor(e) or e
    new = replaced(e, first, Call("neg", (first,)))
    return Edit(e, new, f"{quoted(e)} has the wrong sign", rescaled=(e, MINUS))


def _has_sign(e: Expr) -> bool:
    return isinstance(e, Call) and e.op in ("+", "-", "neg")


REPAIR = Repair("minus", _edits)
