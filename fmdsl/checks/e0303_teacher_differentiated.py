"""Gradient passes into a teacher

A `teacher` is a net whose answers are taken as they are: no gradient passes through it, neither
to its weights nor to what it is given. If its input depends on a net that the group trains, a
reader of the loss expects a path there that does not exist. Say which is meant: `sg(…)` for the
teacher's answer or its input (DMD, VSD), or the role `frozen` for a net that is not trained and
lets gradient through (SiD's scores, a feature extractor).

Wrong:

    nets:
      T: teacher(point@t, t) -> tangent
    minimize:
      G: sse(T(path(y, e, t), t) - D(z, t))

Right:

    nets:
      T: frozen(point@t, t) -> tangent
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import called_by, reached_here, stopped
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Arrival, Gradient, gradient_of
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for group in spec.objectives:
        gradient = gradient_of(spec, group)
        for entry in gradient.closed_calls(group.loss):
            output = spec.outputs.get(entry.net)
            if output is not None and output.role == "teacher":
                yield _differentiated(gradient, entry)


def _differentiated(gradient: Gradient, entry: Arrival) -> Diagnostic:
    call, teacher = entry.call, entry.net
    through = next(a for a in call.args if gradient.reached(a))
    nets = called_by(gradient, through)
    labels = (
        [Label(call.span, f"no gradient passes through this call of `{teacher}`")]
        if call.span
        else []
    )
    labels += reached_here(gradient.arrivals(through), "`{net}` would be reached by way of it")
    return Diagnostic(
        "E0303",
        f"gradient to {nets} passes into the teacher `{teacher}`",
        tuple(labels),
        ("a teacher is never differentiated, not even by its input",),
        (
            stopped(call.span, f"the call of `{teacher}`"),
            f"if gradient is meant to pass through it, declare `{teacher}: frozen(…)`",
        ),
    )


CHECK = Check("E0303", _run)
