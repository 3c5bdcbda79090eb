"""A net or a function without its arguments

A net and a function let are functions: only a call of them has a value. By name alone they are
written in three places: as the first argument of `jvp`, as the value of a keyword that replaces
a net inside a function (`f(z, s, F=ema(F, 0.95))`), and in named identities.

Wrong:

    let:
      error: sse(u, sg(D(z, t)))

Right:

    let:
      error: sse(u(z, t), sg(D(z, t)))
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.checks.words import usage
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "bare_function"):
        name, what = f.facts["name"], f.facts["what"]
        message = f"`{name}` is a {what}: it has a value only where it is called"
        helps = (f"call it: `{usage(spec, name)}`",)
        yield Diagnostic("E0203", message, (Label(f.span, "no arguments"),), helps=helps)


CHECK = Check("E0203", _run)
