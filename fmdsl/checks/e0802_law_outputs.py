"""More or fewer names than a law draws

`ordered` draws two numbers, the smaller first. `data(pixels, label)` gives the fields that it
names, in order; `data` alone gives as many as there are names. Every other law draws one number
for each name, independently.

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
    for drawn in spec.draws:
        fields, given = drawn.law.fields, len(drawn.names)
        if drawn.law.name == "data" and fields and len(fields) != given:
            what = "1 field" if len(fields) == 1 else f"{len(fields)} fields"
            message = f"`data` gives {what} here and {_names(given)} given"
            helps = ("one name for each field: `x, c: data(pixels, label)`",)
            yield Diagnostic("E0802", message, (Label(drawn.span),), helps=helps)


def _names(count: int) -> str:
    return "one name is" if count == 1 else f"{count} names are"


CHECK = Check("E0802", _run)
