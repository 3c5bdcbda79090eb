"""A critic is trained on samples that are still attached to their generator

A fake score or a discriminator learns from what the generator makes; the generator does not
learn from the critic's loss. Gradient that gets back to the generator in the critic's group is
dropped when the group is compiled, since the group does not name it, but a reader cannot tell,
and elsewhere the same line would train the generator to please its critic. Write what is meant.

Wrong:

    let:
      y: ε - G(ε, 1)
    minimize:
      f: mse(f(path(y, e, t), t), D(path(y, e, t), t))

Right:

    minimize:
      f: mse(f(path(sg(y), e, t), t), D(path(sg(y), e, t), t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import listed
from fmdsl.checks.samples import critic_groups
from fmdsl.semantics.elaborated import Elaborated, Objective
from fmdsl.semantics.gradient import Arrival, Gradient
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    students = frozenset(o.weights for o in spec.weights.values() if o.role == "student")
    gradient = Gradient(spec.outputs, students)
    for group in critic_groups(spec):
        told: set[str] = set()
        for arrival in gradient.arrivals(group.loss):
            if arrival.net not in told:
                told.add(arrival.net)
                yield _attached(group, arrival)


def _attached(group: Objective, arrival: Arrival) -> Diagnostic:
    student, critics = arrival.net, listed(group.nets)
    spans = [s for s in arrival.spans if s.source is group.span.source]
    labels = [Label(spans[0], "made by its generator, and not stopped")] if spans else []
    if len(spans) > 1:
        labels.append(Label(spans[-1], f"gradient would reach `{student}` here"))
    sample = arrival.names[-1][0] if arrival.names else f"{student}(…)"
    return Diagnostic(
        "E0904",
        f"samples of `{student}` are attached in the loss of {critics}",
        tuple(labels),
        (f"the group does not train `{student}`: this gradient would be dropped",),
        (f"use the sample as data: `sg({sample})`",),
    )


CHECK = Check("E0904", _run)
