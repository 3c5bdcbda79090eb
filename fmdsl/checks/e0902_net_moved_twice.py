"""A net is moved twice

A group moves weight sets. Two outputs of one net are one weight set, so naming both says nothing
more than naming one. Two groups of one stage that name the same net each take a step on it, with
an optimizer each: their gradients do not add up as those of one loss would. This is a warning;
one group with the sum of the losses is usually meant.

Wrong:

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
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    first: dict[tuple[str, str], tuple[str, Span, Span]] = {}
    for group in spec.objectives:
        for name, span in zip(group.nets, group.net_spans, strict=False):
            if name not in spec.outputs:
                continue
            key = (group.stage, spec.outputs[name].weights)
            if key not in first:
                first[key] = (name, span, group.span)
                continue
            other, place, whole = first[key]
            yield _twice(name, span, other, place, whole == group.span)


def _twice(name: str, span: Span, other: str, place: Span, same_group: bool) -> Diagnostic:
    if same_group:
        message = f"a group names the weights of `{name}` twice"
        helps = (f"`{other}` names the whole net",)
        here = f"the same weights as `{other}`"
    else:
        here = "moved here already"
        message = f"two groups move the net of `{name}`"
        helps = ("add the two losses in one group, or move the net in stages",)
    labels = (Label(span, "again here"), Label(place, here))
    return Diagnostic("E0902", message, labels, helps=helps, severity="warning")


CHECK = Check("E0902", _run)
