"""Arithmetic between things that do not go together

Numbers are added to numbers and vectors to vectors; a number scales a vector by `*` or `/`.
Labels, comparisons and tuples take no part in arithmetic: a label goes to a net, a comparison
to `where`.

Wrong:

    let:
      a: z + t

Right:

    let:
      a: z + t * e
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import phrase, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label

_SIGNS = {"+": "added to", "-": "subtracted from", "*": "multiplied by", "/": "divided by"}


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "kinds_do_not_mix"):
        left, right = f.facts["left"], f.facts["right"]
        a, b = phrase(spec, left.type), phrase(spec, right.type)
        labels = (
            Label(f.span),
            *(Label(t.span, what) for t, what in ((left, a), (right, b)) if t.span),
            *trail(f),
        )
        yield Diagnostic(
            "E0205",
            _message(f.facts["sign"], a, b),
            labels,
            helps=(_remedy(f.facts["sign"], a, b),),
        )


def _message(sign: str, a: str, b: str) -> str:
    if sign == "^":
        return f"{a} cannot be raised to the power of {b}"
    return (
        f"{b} cannot be {_SIGNS[sign]} {a}" if sign in "+-" else f"{a} cannot be {_SIGNS[sign]} {b}"
    )


def _remedy(sign: str, a: str, b: str) -> str:
    if "a label" in (a, b):
        return "a label has no arithmetic: give it to a net as an argument"
    if "a comparison" in (a, b):
        return "choose by a comparison: `where(r < t, a, b)`"
    if "a tuple" in (a, b):
        return "the elements of a tuple are named one by one"
    if sign == "/":
        return "a quotient of vectors has no meaning; of their sizes: `norm(a) / norm(b)`"
    if sign == "^":
        return "an exponent is a number"
    return "scale a vector with the number (`t * e`), or reduce the vector (`mean`, `norm`)"


CHECK = Check("E0205", _run)
