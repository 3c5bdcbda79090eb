"""A derivative of a derivative (warning)

`D` of an expression that holds `D` of the same net takes the second derivative of the net. It is
exact, and costs several times a first derivative in time and memory. Objectives of few-step
methods need first derivatives; where `sg(D(…))` stands inside another `D`, the stop does not
prevent it, because `sg` commutes with `D`.

Questionable:

    let:
      a: D(D(u(z, r, t), t), t)

Clear:

    let:
      a: D(u(z, r, t), t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for objective in spec.objectives:
        for term in walk(objective.loss):
            if _is_second(term) and term.span:
                name = term["fn"]
                yield Diagnostic(
                    "E0406",
                    f"the loss of `{objective.name}` takes the second derivative of `{name}`",
                    (Label(term.span, f"`{name}` is differentiated {_times(term['order'])}"),),
                    ("its cost in time and memory is several times that of a first derivative",),
                    severity="warning",
                )


def _is_second(term: Term) -> bool:
    return term.op == "jet" and term["copy"] != "exact" and term["order"] >= 2


def _times(order: int) -> str:
    return "twice" if order == 2 else f"{order} times"


CHECK = Check("E0406", _run)
