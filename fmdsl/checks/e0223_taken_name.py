"""A name that already means something

`progress`, `null` and `pi` are values of every spec. A net or a function let that has the name of
a call of the language (`D`, `sg`, `jvp`, `ema`, `path`, `flow`, `velocity`, `score`, `expect`,
`solve`, `features`) could never be called; with the name of an operator it hides that operator,
which is a warning.

Wrong:

    nets:
      D: critic(point@0) -> logit

Right:

    nets:
      disc: critic(point@0) -> logit
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.ops import OPERATORS
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.expression import BUILT_IN
from fmdsl.semantics.special import SPECIAL_CALLS
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for name, place in (*_functions(spec), *_values(spec)):
        if name in BUILT_IN:
            message = f"`{name}` is a value of every spec"
            yield _taken(message, place)
    for name, place in _functions(spec):
        if name in SPECIAL_CALLS:
            yield _taken(f"`{name}(…)` has a meaning of its own", place)
        elif name in OPERATORS:
            yield _hides(name, place)


def _taken(message: str, place: Span) -> Diagnostic:
    label = Label(place, "this name is taken")
    return Diagnostic("E0223", message, (label,), helps=("give it another name",))


def _hides(name: str, place: Span) -> Diagnostic:
    message = f"`{name}` hides the operator of that name"
    helps = ("give it another name, if the operator is meant anywhere",)
    return Diagnostic("E0223", message, (Label(place),), helps=helps, severity="warning")


def _functions(spec: Elaborated) -> Iterator[tuple[str, Span]]:
    for net in spec.spec.nets:
        yield from zip(net.names, net.name_spans)
    yield from ((t.name, t.name_span) for t in spec.spec.lets if t.params is not None)


def _values(spec: Elaborated) -> Iterator[tuple[str, Span]]:
    for draw in spec.spec.draws:
        yield from zip(draw.names, draw.name_spans)
    yield from ((t.name, t.name_span) for t in spec.spec.lets if t.params is None)


CHECK = Check("E0223", _run)
