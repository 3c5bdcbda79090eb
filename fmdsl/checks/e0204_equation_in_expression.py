"""An equation inside an expression

`=` states an identity and stands only between the two sides of an entry of `identity`, and in
keyword arguments. In an expression it has no value; comparisons are `<`, `<=`, `>`, `>=`.

Wrong:

    let:
      w: where((r = t), 1, 0)

Right:

    let:
      w: where(r >= t, 1, 0)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "equation_in_expression"):
        label = Label(f.span, "this states something, it has no value")
        helps = ("compare with `<`, `<=`, `>` or `>=`; equations belong under `identity`",)
        yield Diagnostic("E0204", "an equation inside an expression", (label,), helps=helps)


CHECK = Check("E0204", _run)
