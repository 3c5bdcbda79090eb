"""A named identity that does not fit its net

`meanflow(u)` is short for `u(z, r, t, c) = (flow(z, t, r) - z) / (r - t)`. The name is written
out in the spec's own names: the net must be called at a state on the path, and have the times that
the identity speaks of. `velocity(v)` and `denoiser(X)` need the state's own time alone,
`meanflow(u)` and `terminal_velocity(f)` one more, `consistency(f)` none.

Wrong:

    nets:
      v: student(point@t, t) -> tangent
    identity: meanflow(v)

Right:

    identity: velocity(v)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for found in findings(spec, "unfit_identity"):
        name, reason = found.facts["name"], found.facts["reason"]
        label = Label(found.span, reason)
        helps = ("write the equation out instead",)
        yield Diagnostic("E0502", f"the identity `{name}` does not fit here", (label,), helps=helps)


CHECK = Check("E0502", _run)
