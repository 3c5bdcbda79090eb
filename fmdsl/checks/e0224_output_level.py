"""A level of an output that the arguments do not give

A net that gives a state says at which level: a number (`point@0`), or one of the clocks that it
reads. A clock that stands nowhere in the arguments says nothing.

Wrong:

    nets:
      f: student(point@t, t) -> point@s

Right:

    nets:
      f: student(point@t, t, s) -> point@s
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.expr import names


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for output in spec.outputs.values():
        missing = sorted(_missing(output) - set(spec.settings))
        if missing and output.level is not None and output.level.span:
            clock = missing[0]
            yield Diagnostic(
                "E0224",
                f"the net `{output.name}` gives a state at `{clock}` and does not read `{clock}`",
                (Label(output.level.span, "no argument of the net"),),
                helps=(f"add `{clock}` to its arguments, or give the level as a number",),
            )


def _missing(output: Output) -> frozenset[str]:
    if output.level is None:
        return frozenset()
    levels = (names(s.level) for s in output.inputs if s.level is not None)
    read = {s.clock for s in output.inputs if s.clock}.union(*levels)
    return names(output.level) - read


CHECK = Check("E0224", _run)
