"""A call with the wrong number of arguments

A net takes the arguments of its signature, a function let those of its head, an operator and a
law those of the language reference.

Wrong:

    nets:
      u: student(point@t, r, t, label) -> tangent
    let:
      a: u(z, t, c)

Right:

    let:
      a: u(z, r, t, c)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import declared, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "wrong_arguments"):
        name, usage, given = f.facts["name"], f.facts["usage"], f.facts["given"]
        place = declared(spec, name)
        here = (Label(place, f"`{usage}`"),) if place else ()
        yield Diagnostic(
            "E0207",
            f"`{name}` cannot be called with {_count(given)}",
            (Label(f.span, "this call"), *here, *trail(f)),
            helps=() if here else (f"it is called as `{usage}`",),
        )


def _count(given: int) -> str:
    return "1 argument" if given == 1 else f"{given} arguments" if given else "no arguments"


CHECK = Check("E0207", _run)
