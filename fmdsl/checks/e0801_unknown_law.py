"""A law that the language does not have

Sources: data, noise. Laws of a number: uniform, normal, lognormal, logit_normal, integer,
power_law. Laws made of laws: ordered, truncated, mixture, shared; and dropped, for labels. A
quantity that is a function of what is drawn is a `let`.

Wrong:

    draw:
      t: lognorm(-1.2, 1.2)

Right:

    draw:
      t: lognormal(-1.2, 1.2)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.ops import LAWS
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_law"):
        name, near = f.facts["name"], f.facts["suggestion"]
        message = f"there is no law `{name}`" if name else "this is no law"
        laws = ", ".join(("data", "noise", *LAWS))
        remedy = f"did you mean `{near}`?" if near and name else f"the laws are {laws}"
        label = Label(f.span, "" if name else "a law says how it is drawn; a value is a `let`")
        yield Diagnostic("E0801", message, (label,), helps=(remedy,))


CHECK = Check("E0801", _run)
