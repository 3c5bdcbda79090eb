"""The whole loss is stopped

`sg(e)` has the value of e and no gradient. Around the whole loss of a group it leaves nothing
to train: the loss is printed, and no net moves.

Wrong:

    minimize:
      u: sg(sse(u(z, t), D(z, t)))

Right:

    minimize:
      u: sse(u(z, t), sg(D(z, t)))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import summands
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        if is_stopped(spec, group):
            spans = (s.span for s in _stops(group.loss) if s.span)
            labels = tuple(Label(s, "this has no gradient") for s in spans)
            place = labels or (Label(group.span),)
            helps = ("put `sg` around the target or the weight only",)
            yield Diagnostic(
                "E0305", "`sg` stops the gradient of the whole loss", place, helps=helps
            )


def is_stopped(spec: Elaborated, group: Objective) -> bool:
    """Whether every term of a group's loss stands inside `sg`."""
    terms = [t for _, t in summands(group.loss) if t.batched]
    reached = gradient_of(spec, group).reached(group.loss)
    return not reached and bool(terms) and all(any(True for _ in _stops(t)) for t in terms)


def _stops(loss: Term) -> Iterator[Term]:
    """The `sg` at the head of each term, scales apart."""
    for _, term in summands(loss):
        bare = term.bare
        if bare.op == "sg":
            yield bare
        elif bare.op in ("*", "/"):
            yield from (a.bare for a in bare.args if a.bare.op == "sg")


CHECK = Check("E0305", _run)
