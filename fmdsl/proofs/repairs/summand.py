"""A summand is left out: a let that is made and that nothing reads."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import Edit, Repair
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.spec import Let


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    for let in site.unused:
        if _are_alike(e, let, site):
            for more in (Name(let.name), Call("sg", (Name(let.name),))):
                yield Edit(e, Call("+", (e, more)), f"`{let.name}` is left out")


def _are_alike(e: Expr, let: Let, site: Site) -> bool:
    """Whether the two may be added: two numbers of an example, or two vectors."""
    kind = site.spec.lets[let.name].type
    if e is site.body:
        return True
    return kind.is_vector and isinstance(e, Name) and site.is_vector(e)


REPAIR = Repair("summand", _edits)
