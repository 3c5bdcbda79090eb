"""A loss that is not a number

What is minimised is one number per example; the mean over examples is implied. `sse` and `mse`
reduce a difference, `mean` and `sum` a vector.

Wrong:

    minimize:
      u: u(z, t) - D(z, t)

Right:

    minimize:
      u: sse(u(z, t), D(z, t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import phrase
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "vector_loss"):
        what = phrase(spec, f.facts["loss"].type)
        yield Diagnostic(
            "E0221",
            "a loss is one number per example",
            (Label(f.span, f"this is {what}"),),
            helps=("reduce it: `sse(a, b)`, `mse(a, b)`, `mean(a)` or `sum(a)`",),
        )


CHECK = Check("E0221", _run)
