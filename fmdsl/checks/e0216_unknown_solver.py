"""An ODE solver that the language does not have

`solve(velocity, z, from, to, method=heun, steps=1)` unrolls a solver inside the objective.
Methods: euler, midpoint, heun. Steps: a whole number from 1 to 64.

Wrong:

    let:
      z': solve(T(z, t), z, t, s, method=rk45)

Right:

    let:
      z': solve(T(z, t), z, t, s, method=heun)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.catalog import closest
from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_solver"):
        name, known = f.facts["name"], f.facts["known"]
        near = closest(name, known)
        remedy = f"did you mean `{near}`?" if near else f"there are {', '.join(known)}"
        message = f"there is no ODE solver `{name}`"
        yield Diagnostic("E0216", message, (Label(f.span), *trail(f)), helps=(remedy,))
    for f in findings(spec, "solver_steps"):
        message = f"the steps of a solver are a whole number from 1 to {f.facts['most']}"
        yield Diagnostic("E0216", message, (Label(f.span, "not such a number"), *trail(f)))


CHECK = Check("E0216", _run)
