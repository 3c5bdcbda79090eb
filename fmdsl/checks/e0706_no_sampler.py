"""The spec does not say how samples are made

Without `sample` a spec can be checked, compiled and trained, and nothing can be drawn from what
it trains. This is a warning.

Questionable:

    minimize:
      v: mse(v(z, t), D(z, t))

Right:

    minimize:
      v: mse(v(z, t), D(z, t))
    sample:
      velocity(z, t): v(z, t)
      times: 1, 0
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    if spec.spec.sampler is None:
        yield Diagnostic(
            "E0706",
            "the spec does not say how samples are made",
            (Label(spec.spec.name_span, "this method has no `sample`"),),
            helps=("add `sample:` with a `step(z, t, r)`, a `velocity(z, t)` or a `draw`",),
            severity="warning",
        )


CHECK = Check("E0706", _run)
