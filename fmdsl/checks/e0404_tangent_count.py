"""A written derivative with too few or too many tangents

`jvp(u, (z, r, t), (v, 0, 1))` has one tangent for each argument of the net, in the same order,
zero for what is held; a label has the tangent 0.

Wrong:

    let:
      a: jvp(u, (z, r, t, c), (v, 0, 1))

Right:

    let:
      a: jvp(u, (z, r, t, c), (v, 0, 1, 0))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import declared, trail, usage
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "wrong_tangents"):
        net, wanted, given = f.facts["net"], f.facts["wanted"], f.facts["given"]
        place = declared(spec, net)
        here = (Label(place, f"`{usage(spec, net)}`"),) if place else ()
        yield Diagnostic(
            "E0404",
            f"{given} tangents for the {wanted} arguments of `{net}`",
            (Label(f.span), *here, *trail(f)),
            helps=("one tangent for each argument, 0 for what is held",),
        )


CHECK = Check("E0404", _run)
