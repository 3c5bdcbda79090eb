"""A net is moved twice

Two groups of one stage that move the same weights each take a step on them, with an optimizer
each: their gradients do not add up as those of one loss would. Several outputs of one net are one
weight set. This is a warning; one group with the sum of the losses is usually meant.

Questionable:

    minimize:
      u: mse(u(z, t), D(z, t))
      u, w: exp(-w(t)) * error + w(t)

Right:

    minimize:
      u, w: mse(u(z, t), D(z, t)) + exp(-w(t)) * error + w(t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], tuple[Objective, Span]] = {}
    for group in spec.objectives:
        for name, span in zip(group.nets, group.net_spans, strict=False):
            if name not in spec.outputs:
                continue
            key = (group.stage, spec.outputs[name].weights)
            other, place = first.setdefault(key, (group, span))
            if other is not group:
                yield _twice(name, span, place)


def _twice(name: str, span: Span, place: Span) -> Diagnostic:
    message = f"two groups move the net of `{name}`"
    labels = (Label(span, "again here"), Label(place, "moved here already"))
    helps = ("add the two losses in one group, or move the net in stages",)
    return Diagnostic("E0902", message, labels, helps=helps, severity="warning")


CHECK = Check("E0902", _run)
