"""A division by zero

The divisor is zero whatever is drawn.

Wrong:

    let:
      w: 1 / (t - t)

Right:

    let:
      w: 1 / t
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "division_by_zero"):
        labels = (Label(f.span, "the divisor is always zero"), *trail(f))
        yield Diagnostic("E0206", "division by zero", labels)


CHECK = Check("E0206", _run)
