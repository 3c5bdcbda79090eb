"""A keyword argument that the function does not have, or that is no constant

Keywords of operators and laws are constants (`equal=0.75`, `c=0.03`). A keyword of a function
let replaces a name of its body, usually a net (`F=ema(F, 0.95)`). Nets have none.

Wrong:

    draw:
      r, t: ordered(uniform(0, 1), equals=0.75)

Right:

    draw:
      r, t: ordered(uniform(0, 1), equal=0.75)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_keyword"):
        name, near = f.facts["name"], f.facts["suggestion"]
        message = f"`{f.facts['of']}` has no keyword argument `{name}`"
        remedy = f"did you mean `{near}`?" if near else f"it is called as `{f.facts['usage']}`"
        yield Diagnostic("E0208", message, (Label(f.span, f"given to `{name}`"),), helps=(remedy,))
    for f in findings(spec, "keyword_not_constant"):
        message = f"the keyword argument `{f.facts['name']}` of `{f.facts['of']}` is a constant"
        label = Label(f.span, "this is not a number")
        yield Diagnostic("E0208", message, (label,), helps=("write a number",))


CHECK = Check("E0208", _run)
