"""Something is too much: a factor, a summand, a division."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import NOTHING, Edit, Repair, instead, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name, Number


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    match e:
        case Call("+" | "-" | "*" | "/", sides) if site.is_number(e):
            for side in sides:
                if isinstance(side, Name) or (isinstance(side, Call) and side.op in "+-"):
                    told = f"{quoted(e)} stands where {quoted(side)} is meant"
                    yield Edit(e, side, told, rescaled=instead(e, side))
        case Call("*", (a, b)):
            for one, rest in ((a, b), (b, a)):
                if not site.is_call(one):
                    yield Edit(
                        e,
                        rest,
                        f"the factor {quoted(one)} is too much",
                        one.span,
                        (e, Call("/", (Number("1"), one))),
                    )
        case Call("/", (a, b)):
            yield Edit(e, a, f"the division by {quoted(b)} is too much", b.span, (e, b))
        case Call("+" | "-", (a, b)):
            yield Edit(e, a, f"{quoted(b)} is too much", b.span, (b, NOTHING))
            if e.op == "+":
                yield Edit(e, b, f"{quoted(a)} is too much", a.span, (a, NOTHING))
        case _:
            pass


REPAIR = Repair("excess", _edits)
