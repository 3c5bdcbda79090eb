"""More or fewer names than a law draws

`ordered` draws two numbers, the smaller first. Every other law draws one number for each name,
independently.

Wrong:

    draw:
      t: ordered(uniform(0, 1))

Right:

    draw:
      r, t: ordered(uniform(0, 1))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "law_outputs"):
        law, wanted, given = f.facts["law"], f.facts["wanted"], f.facts["given"]
        message = f"`{law}` draws {wanted} numbers and {_names(given)} given"
        helps = ("name both, the smaller first: `r, t: ordered(…)`",) if law == "ordered" else ()
        yield Diagnostic("E0802", message, (Label(f.span),), helps=helps)


def _names(count: int) -> str:
    return "one name is" if count == 1 else f"{count} names are"


CHECK = Check("E0802", _run)
