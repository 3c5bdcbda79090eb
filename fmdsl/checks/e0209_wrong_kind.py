"""An argument of another kind than the net reads

A signature says what a net reads at each place: a state (`point@t`), a velocity (`tangent`),
a label, or a number under a name of its own (`t`). A plain `vector` takes any vector.

Wrong:

    nets:
      u: student(point@t, r, t, label) -> tangent
    let:
      a: u(r, z, t, c)

Right:

    let:
      a: u(z, r, t, c)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import phrase, trail
from fmdsl.semantics.calls import signature
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label

_READS = {"scalar": "a number", "point": "a state", "tangent": "a velocity", "mean": "a mean"}


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "wrong_kind"):
        net, slot = f.facts["net"], f.facts["slot"]
        given, reads = (
            phrase(spec, f.facts["argument"].type),
            _READS.get(slot.kind, f"a {slot.kind}"),
        )
        declared = (Label(slot.span, f"{reads} is read here"),) if slot.span else ()
        yield Diagnostic(
            "E0209",
            f"`{net.name}` is given {given} where it reads {reads}",
            (Label(f.span, f"this is {given}"), *declared, *trail(f)),
            helps=(f"its arguments are `{signature(net)}`, in this order",),
        )


CHECK = Check("E0209", _run)
