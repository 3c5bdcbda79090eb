"""A name is given to two things

Nets, draws and lets share one set of names.

Wrong:

    draw:
      t: uniform(0, 1)
    let:
      t: 0.5

Right:

    let:
      t': 0.5
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check, findings
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for f in findings(spec, "declared_twice"):
        name = f.facts["name"]
        first = next(p for p in _places(spec, name))
        labels = (Label(f.span, "given again here"), Label(first, "first given here"))
        message = f"`{name}` is the name of two things"
        yield Diagnostic("E0220", message, labels, helps=("give one of them another name",))


def _places(spec: Elaborated, name: str) -> Iterator[Span]:
    """Every place that gives the name, in the order of elaboration."""
    nets = ((n.names, n.name_spans) for n in spec.spec.nets)
    draws = ((d.names, d.name_spans) for d in spec.spec.draws)
    for names, spans in (*nets, *draws):
        yield from (s for n, s in zip(names, spans) if n == name)
    yield from (t.name_span for t in spec.spec.lets if t.name == name)


CHECK = Check("E0220", _run)
