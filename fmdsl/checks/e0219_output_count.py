"""More names than outputs, or more outputs than names

A net with several outputs is one set of weights with one name for each output, in order.

Wrong:

    nets:
      u, v: student(point@t, r, t) -> tangent

Right:

    nets:
      u, v: student(point@t, r, t) -> tangent, tangent
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "output_count"):
        names, outputs = len(f.facts["names"]), f.facts["outputs"]
        message = f"a net of {names} {_s('name', names)} has {outputs} {_s('output', outputs)}"
        helps = ("each output has its name: `u, v: … -> tangent, tangent`",)
        yield Diagnostic("E0219", message, (Label(f.span),), helps=helps)


def _s(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


CHECK = Check("E0219", _run)
