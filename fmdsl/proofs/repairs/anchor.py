"""Nothing ties a map to the data: a term at equal times is left out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from fmdsl.proofs.repairs.repair import Edit, Repair
from fmdsl.proofs.repairs.site import Site
from fmdsl.semantics.elaborated import Slot
from fmdsl.syntax.expr import Call, Expr, Name, Number, walk


def _edits(e: Expr, site: Site) -> Iterator[Edit]:
    if e is not site.body or site.name in site.spec.lets:
        return
    told = "nothing here ties the net to the data"
    for let in site.unused:
        if site.spec.lets[let.name].type.is_scalar:
            yield Edit(e, Call("+", (e, Name(let.name))), told)
    for state, clock in ((Name(s), Name(c)) for s, c in site.states):
        for call in _calls(site):
            slots = site.spec.outputs[call.op].inputs[1:]
            rest = [_still(a, s, clock) for a, s in zip(call.args[1:], slots, strict=False)]
            diagonal = replace(call, args=(state, *rest))
            velocity = Call("D", (state, clock))
            yield Edit(e, Call("+", (e, Call("sse", (diagonal, velocity)))), told)


def _still(argument: Expr, slot: Slot, clock: Name) -> Expr:
    """What the net is given at equal times: the state's clock, and zero for a gap."""
    if slot.kind == "label":
        return argument
    return Number("0") if isinstance(argument, Call) else clock


def _calls(site: Site) -> Iterator[Call]:
    """One call of every trained net, as the spec writes it."""
    for name, output in site.spec.outputs.items():
        bodies = (t.body for t in site.spec.spec.lets)
        calls = (n for b in bodies for n in walk(b) if isinstance(n, Call) and n.op == name)
        first = next(calls, None)
        if output.role == "student" and first is not None and first.args:
            yield first


REPAIR = Repair("anchor", _edits, only="anchored")
