"""A let, a draw or a function that is defined by itself

A let may speak of any other, in any order, but not of itself, not by way of others either. A law
may speak of quantities that are drawn without it. A function let is inlined where it is called,
and cannot call itself.

Wrong:

    let:
      a: b + 1
      b: a * 2

Right:

    let:
      a: b + 1
      b: t * 2
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import declared, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "circular_lets", "circular_draws"):
        names = f.facts["names"]
        what = "lets" if f.rule == "circular_lets" else "draws"
        yield Diagnostic("E0212", _message(what, names), tuple(_labels(spec, f.span, names)))
    for f in findings(spec, "recursive_function"):
        yield Diagnostic(
            "E0212",
            f"the function `{f.facts['name']}` calls itself",
            (Label(f.span, "called again here"), *trail(f)),
            helps=("a function let is inlined: write out the steps, or use `solve`",),
        )


def _message(what: str, names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"`{names[0]}` is defined by itself"
    return f"these {what} are defined by one another: {', '.join(f'`{n}`' for n in names)}"


def _labels(spec: Elaborated, first: Span, names: tuple[str, ...]) -> Iterator[Label]:
    yield Label(declared(spec, names[0]) or first, "this needs itself")
    for name in names[1:]:
        place = declared(spec, name)
        if place:
            yield Label(place, "this is in the circle, or needs it")


CHECK = Check("E0212", _run)
