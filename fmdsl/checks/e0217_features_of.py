"""Features of something that is no call of a net

`features(f(z, t), layer=mid)` is a hidden layer of that same call of the net. It is taken of the
call itself, not of an expression around it.

Wrong:

    let:
      h: features(z - t * f(z, t), layer=mid)

Right:

    let:
      h: features(f(z, t), layer=mid)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "features_of"):
        label = Label(f.span, "this is no call of a net")
        helps = ("take them of the call itself: `features(f(z, t), layer=mid)`",)
        yield Diagnostic(
            "E0217", "features belong to one call of a net", (label, *trail(f)), helps=helps
        )


CHECK = Check("E0217", _run)
