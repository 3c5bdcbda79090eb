"""A call of something that is no function

What can be called: the nets of the spec, its function lets (`f(z, t): …`), the operators
(`sse`, `exp`, …) and what the language gives meaning to (`D`, `sg`, `path`, `flow`, …). Draws
and plain lets are values: they are named, not called.

Wrong:

    let:
      z: path(x, e, t)
      error: ssq(u(z, t), z(t))

Right:

    let:
      z: path(x, e, t)
      error: sse(u(z, t), D(z, t))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import declared
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "unknown_function"):
        name, near = f.facts["name"], f.facts["suggestion"]
        remedy = f"did you mean `{near}`?" if near else f"define it in `let`, `{name}(a): …`"
        message = f"there is no operator, net or function `{name}`"
        yield Diagnostic("E0202", message, (Label(f.span, "not defined"),), helps=(remedy,))
    for f in findings(spec, "not_a_function"):
        yield _value(f.facts["name"], Label(f.span, "called here"), declared(spec, f.facts["name"]))


def _value(name: str, call: Label, place: Span | None) -> Diagnostic:
    labels = (call, Label(place, "a value, defined here")) if place else (call,)
    helps = (f"write `{name}`, or a product with `*`; a function let is `{name}(a): …`",)
    return Diagnostic("E0202", f"`{name}` is a value and cannot be called", labels, helps=helps)


CHECK = Check("E0202", _run)
