"""A critic is used and never trained

A critic follows the generator: its own group trains it on what the generator makes now. In no
group it stays what it was at the start, a copy of the teacher or noise, and what the generator
learns from it means nothing. A net that is given and lets gradient through is `frozen`.

Wrong:

    nets:
      f: critic(point@t, t) -> tangent
    minimize:
      G: dot(y, sg(T(z, t) - f(z, t)))

Right:

    minimize:
      G: dot(y, sg(T(z, t) - f(z, t)))
      f: mse(f(z', t), D(z', t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.reach import group_of
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import net_calls
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for output in spec.weights.values():
        if output.role != "critic" or group_of(spec, output.weights) is not None:
            continue
        calls = net_calls(*(g.loss for g in spec.objectives))
        names = {o.name for o in spec.outputs.values() if o.weights == output.weights}
        used = next((c for c in calls if c["fn"] in names and c.span), None)
        if used is not None and used.span is not None:
            message = f"the critic `{output.name}` is used, and no group trains it"
            labels = (Label(used.span, "used here"), Label(output.span, "declared as trained"))
            helps = (f"add `{output.name}: LOSS` to `minimize`, or declare it `frozen`",)
            yield Diagnostic("E0908", message, labels, helps=helps)


CHECK = Check("E0908", _run)
