"""Gradient goes where it should.

For every group: which nets receive gradient from which terms; that targets, teachers and ema
copies receive none; that every trained net receives some; and which derivatives of nets are
differentiated again, which costs memory and needs a second derivative. This is read off the
terms, not proved by algebra.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.pieces import Piece, pieces
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Verdict
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import Gradient, gradient_of, moved
from fmdsl.terms.term import walk

NAME = "gradient flow"


def _prove(case: Case) -> Iterator[Verdict]:
    for group in case.spec.objectives:
        yield _of(case.spec, group)


def _of(spec: Elaborated, group: Objective) -> Verdict:
    gradient = gradient_of(spec, group)
    reached = gradient.reached(group.loss)
    idle = sorted(moved(spec, group) - reached)
    if idle:
        reason = f"no gradient reaches {', '.join(idle)}"
        return Verdict(UNDECIDED, NAME, group.name, reason, span=group.span)
    told = [_told(p, gradient) for p in pieces(group.loss, gradient)]
    closed = _closed(spec, group)
    if gradient.closed_calls(group.loss):
        reason = "gradient is lost in a teacher or an ema copy"
        return Verdict(UNDECIDED, NAME, group.name, reason, span=group.span)
    held = f"; {', '.join(closed)} receive none" if closed else ""
    return Verdict(PROVED, NAME, group.name, "; ".join(dict.fromkeys(told)) + held)


def _told(piece: Piece, gradient: Gradient) -> str:
    nets = ", ".join(sorted(gradient.reached(piece.core)))
    again = any(a.call["order"] > 0 for a in gradient.arrivals(piece.core))
    through = " through its derivative too (a derivative of a derivative)" if again else ""
    return f"{nets} from {piece.title}{through}"


def _closed(spec: Elaborated, group: Objective) -> list[str]:
    """Nets that are called and take no gradient, and copies that never do."""
    calls = [t for t in walk(group.loss) if t.op == "jet" and t["fn"] in spec.outputs]
    own = moved(spec, group)
    names = [spec.outputs[t["fn"]].weights for t in calls]
    others = [n for n in dict.fromkeys(names) if n not in own]
    copies = [f"{t['copy']} of {t['fn']}" for t in calls if t["copy"] != "live"]
    return [*others, *dict.fromkeys(copies)]


OBLIGATION = Obligation(NAME, _prove)
