"""A spec that grows too large

A function let is inlined at every call. Functions that call one another twice, over many levels,
double at each of them; nobody could read the loss that comes out. The limits are 20,000 parts in
all, and 150 operators inside one another.

Wrong:

    let:
      a(t): t + t
      b(t): a(t) + a(t)
      c(t): b(t) + b(t)

and so on, through twenty letters. A plain let is computed once, however often it is named:

Right:

    let:
      a: t + t
      b: a + a
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborate import MOST_DEPTH
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.scope import MOST_PARTS
from fmdsl.syntax.diagnostic import Diagnostic, Label


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in tuple(findings(spec, "too_large"))[:1]:
        yield Diagnostic(
            "E0219",
            "the spec grows too large",
            (Label(f.span, f"over {MOST_PARTS:,} parts, or {MOST_DEPTH} inside one another"),),
            helps=("name what is needed twice in a plain `let`: it is computed once",),
        )


CHECK = Check("E0219", _run)
