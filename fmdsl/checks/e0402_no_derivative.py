"""A derivative through an operator that has none

`D` passes through nets, paths, arithmetic and every operator with a declared derivative. The
exact objects of a law under `expect`, and a few operators of whole batches, have none.

Wrong:

    let:
      a: D(huber(z, x), t)

Right:

    let:
      a: D(sse(z, x), t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "no_derivative"):
        at = f.facts["at"]
        here = Label(at.span, f"`{at.op}` has no derivative") if at.span else None
        yield Diagnostic(
            "E0402",
            f"`D` does not pass through `{at.op}`",
            (*([here] if here else []), Label(f.span, "needed here"), *trail(f)),
            helps=(f"write the derivative without `{at.op}` inside `D`",),
        )


CHECK = Check("E0402", _run)
