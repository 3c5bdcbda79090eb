"""A derivative of something that does not depend on the variable

Draws are independent variables and are held: `D(x, t)` of a draw is zero, whatever x and t are.
A let depends on what it is made of, a net on its arguments.

Wrong:

    let:
      v: D(x, t)

Right:

    let:
      z: path(x, e, t)
      v: D(z, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import quoted, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "zero_derivative"):
        body, variable = f.facts["body"], f.facts["variable"]
        label = Label(body.span or f.span, f"does not depend on `{variable}`")
        yield Diagnostic(
            "E0403",
            f"the derivative of {quoted(body)} by `{variable}` is always zero",
            (label, *trail(f)),
            helps=tuple(_remedy(spec, frozenset(body.free), variable)),
        )


def _remedy(spec: Elaborated, free: frozenset[str], variable: str) -> Iterator[str]:
    """The clocks on which the expression does depend."""
    scalars = {n for d in spec.draws for n in d.names if d.law.name not in ("data", "noise")}
    clocks = sorted(free & scalars)
    if clocks:
        yield f"it depends on {', '.join(f'`{c}`' for c in clocks)}"
    else:
        yield f"draws are held; a state that moves with `{variable}` is `path(x, e, {variable})`"


CHECK = Check("E0403", _run)
