"""A term of a loss moves nothing

A term of a group's loss from which no gradient reaches a net of the group only shifts the
number that is printed. This is a warning: often an `sg` stands one level too high, or the term
belongs to the group of another net.

Questionable:

    minimize:
      u: sse(u(z, t), D(z, t)) + 0.1 * sg(sse(u(z, t) - u(z, s)))

Right:

    minimize:
      u: sse(u(z, t), D(z, t)) + 0.1 * sse(u(z, t), sg(u(z, s)))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import listed, summands
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient, gradient_of, gradient_to_all, is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    everywhere = gradient_to_all(spec)
    for group in spec.objectives:
        gradient = gradient_of(spec, group)
        if not gradient.reached(group.loss) or not is_whole(group.loss):
            continue
        for _, term in summands(group.loss):
            if term.batched and term.span is not None and not gradient.reached(term):
                yield Diagnostic(
                    "E0306",
                    "a term of the loss moves nothing",
                    (Label(term.span, f"no gradient from here reaches {listed(group.nets)}"),),
                    helps=(_remedy(everywhere, gradient, term),),
                    severity="warning",
                )


def _remedy(everywhere: Gradient, gradient: Gradient, term: Term) -> str:
    others = everywhere.reached(term) - gradient.trained
    if others:
        return f"name {listed(sorted(others))} in the group, or move the term to its own"
    return "take it out, or take the `sg` from the side that is to learn"


CHECK = Check("E0306", _run, after=("E0201", "E0202", "E0205", "E0211", "E0221"))
