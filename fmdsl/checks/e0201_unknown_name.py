"""A name that nothing defines

Every name of a spec is a net, a draw, a let, a parameter of the function let or of the
sampler that it stands in, or one of the built-in names `progress`, `null` and `pi`. A `let`
may speak of any other, in any order.

Wrong:

    draw:
      e: noise
    let:
      z: path(x, eps, t)

Right:

    let:
      z: path(x, e, t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_name"):
        name, near = f.facts["name"], f.facts["suggestion"]
        message = f"nothing is called `{name}`"
        helps = (f"did you mean `{near}`?" if near else _remedy(name),)
        yield Diagnostic("E0201", message, (Label(f.span, "not defined"),), helps=helps)


def _remedy(name: str) -> str:
    return f"draw it (`draw`), define it (`let`) or declare it (`nets`): `{name}: …`"


CHECK = Check("E0201", _run)
