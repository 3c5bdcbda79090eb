"""A derivative by something that is no clock

`D(e, t)` is the total derivative of e by a number: a drawn clock, or a let that is a number.
States move along with it, each by its own velocity; nobody writes a tangent. Another velocity is
given by keyword: `D(u(z, t), t, z=w)`. A setting is a constant.

Wrong:

    let:
      a: D(u(z, r, t), z)

Right:

    let:
      a: D(u(z, r, t), t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import phrase, trail
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.scope import NetRef
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "derivative_variable"):
        what = _what(spec, f.facts["meaning"])
        yield Diagnostic(
            "E0401",
            f"a derivative by `{f.facts['name']}`, which is {what}",
            (Label(f.span, f"this is {what}"), *trail(f)),
            helps=(_remedy(f.facts["meaning"]),),
        )


def _what(spec: Elaborated, meaning: object) -> str:
    if meaning is None:
        return "no quantity of the spec"
    if isinstance(meaning, NetRef):
        return "a net"
    if not isinstance(meaning, Term):
        return "a function"
    if meaning.op == "setting":
        return "a constant"
    return phrase(spec, meaning.type)


def _remedy(meaning: object) -> str:
    if isinstance(meaning, Term) and meaning.type.is_vector:
        return "derive by the clock; a velocity for the state is given as `D(e, t, z=w)`"
    return "derive by a drawn clock or by a let that is a number: `D(e, t)`"


CHECK = Check("E0401", _run)
