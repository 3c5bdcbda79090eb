"""A teacher is read without the guidance that a function of the spec gives it."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.repairs.repair import Edit, Repair, quoted
from fmdsl.proofs.repairs.site import Site
from fmdsl.syntax.expr import Call, Expr, names


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if not isinstance(e, Call) or not site.is_call(e) or not _is_teachers(e, site):
        return
    for name, let in site.functions.items():
        params = let.params or ()
        if name not in (e.op, site.name) and 2 <= len(params) <= len(e.args):
            new = Call(name, e.args[: len(params)])
            yield Edit(e, new, f"{quoted(e)} stands for {quoted(new)}")


def _is_teachers(e: Call, site: Site) -> bool:
    """Whether a teacher is called, or handed to a function of the spec."""
    said = [site.spec.outputs.get(n) for n in (e.op, *names(e))]
    return any(o is not None and o.role == "teacher" for o in said)


REPAIR = Repair("guidance", _edits, early=True)
