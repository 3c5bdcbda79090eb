"""Gradient flows into a regression target

`sse(a, b)`, `mse(a, b)` and `huber(a, b)` say that b is a target: a is to move towards it, and
it is to stay. If b depends on a net that the group trains, the target moves towards a as well;
for a target that is made of the net itself (MeanFlow, consistency models) this is another
objective, with other and worse optima, and it runs without complaint.

A live first argument is right where a method asks for it (terminal velocity matching). Where
both sides are meant to move, such as an encoder on both sides, write the difference:
`sse(a - b)` claims no target.

Wrong:

    let:
      target: D(z, t) - (t - r) * D(u(z, r, t, c), t)
    minimize:
      u: sse(u(z, r, t, c), target)

Right:

    minimize:
      u: sse(u(z, r, t, c), sg(target))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import called_by, reached_here, stopped
from fmdsl.ops.reductions import REGRESSIONS
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient, gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        gradient = gradient_of(spec, group)
        for term in gradient.live(group.loss):
            if term.op in REGRESSIONS and len(term.args) == 2 and gradient.reached(term.args[1]):
                yield _attached(term, gradient)


def _attached(term: Term, gradient: Gradient) -> Diagnostic:
    first, target = term.args
    what = f"this is the regression target of `{term.op}`"
    place = (Label(target.span, what),) if target.span else ()
    labels = (*place, *reached_here(gradient.arrivals(target)))
    notes = (f"the group trains {called_by(gradient, target)}: the target would move too",)
    helps = [stopped(target.span, "the target")]
    if gradient.reached(first):
        helps.append(f"if both sides are meant to move: `{term.op}(a - b)` names no target")
    return Diagnostic(
        "E0301", "gradient flows into a regression target", labels, notes, tuple(helps)
    )


CHECK = Check("E0301", _run)
