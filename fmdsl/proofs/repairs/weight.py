"""A weight is left out: a number of the draws that is made and that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import Edit, Repair
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.replace import replaced
from fmdsl.terms.term import walk


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    for let in () if site.is_let or e is not site.body else site.unused:
        if all(t.type.is_scalar for t in walk(site.spec.lets[let.name])):
            weighed = replaced(e, _leftmost(e), Call("*", (Name(let.name), _leftmost(e))))
            yield Edit(e, weighed, f"the weight `{let.name}` is left out")


def _leftmost(e: Expr) -> Expr:
    """The first factor of a product or a quotient."""
    while isinstance(e, Call) and e.op in "*/":
        e = e.args[0]
    return e


REPAIR = Repair("weight", _edits, early=True)
