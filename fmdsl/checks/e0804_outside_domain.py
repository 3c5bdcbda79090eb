"""A clock that is drawn outside of the path's domain

A path has a domain: [0, 1] where one end is data and the other noise, else what is declared after
a comma, `z@σ = x + σ * e, 0.002 <= σ <= 80`. A state beyond it is no state of the law: on a
straight path, t = 1.5 has data with a negative weight.

Wrong:

    draw:
      t: lognormal(-1.2, 1.2)

Right:

    draw:
      t: logit_normal(-1.2, 1.2)
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import declared
from fmdsl.ops import LAWS
from fmdsl.ops.law import Interval
from fmdsl.semantics.elaborated import Elaborated, Route
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.semantics.routes import number_at
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.term import Term, walk

#: How far beyond the domain is rounding.
_SLACK = 1e-6


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    if len(spec.routes) != 1:
        return
    known, lawless = ranges(spec), _lawless(spec)
    for term in walk(*(o.loss for o in spec.objectives)):
        if term.op == "path" and not term.args[3].free & lawless:
            yield from _outside(spec, term.args[3], spec.routes[0], known)


def _lawless(spec: Elaborated) -> frozenset[str]:
    """Draws whose law is not known: a fault of its own."""
    return frozenset(n for d in spec.draws if d.law.name not in LAWS for n in d.names)


def _outside(spec: Elaborated, clock: Term, route: Route, known: Ranges) -> Iterator[Diagnostic]:
    taken = _taken(clock, known)
    low, high = route.domain
    slack = _SLACK * max(1.0, abs(high) if math.isfinite(high) else 1.0)
    if clock.span is None or taken is None:
        return
    if taken[0] < low - slack or taken[1] > high + slack:
        yield Diagnostic(
            "E0804",
            f"the clock of the state leaves the path's domain, {_interval(route.domain)}",
            (Label(clock.span, f"this takes values in {_interval(taken)}"), *_drawn(spec, clock)),
            helps=("draw it inside, or declare the domain of the path after a comma",),
        )


def _drawn(spec: Elaborated, clock: Term) -> Iterator[Label]:
    for name in sorted(clock.free):
        place = declared(spec, name)
        if place:
            yield Label(place, "drawn here")


def _taken(clock: Term, known: Ranges) -> Interval | None:
    """Values that are certainly taken: of one draw, or of a function of one draw at its ends."""
    if len(clock.free) != 1:
        return None
    (name,) = clock.free
    low, high = known.of(clock.bare) if clock.bare.op == "draw" else known.known.get(name, (0, 0))
    if clock.bare.op == "draw":
        return low, high
    middle = (low + high) / 2 if math.isfinite(high - low) else 0.0
    ends = [t for t in (low, middle, high) if math.isfinite(t)]
    values = [v for t in ends if (v := number_at(clock, {name: t})) is not None]
    return (min(values), max(values)) if values else None


def _interval(values: Interval) -> str:
    low, high = values
    left = "(-∞" if math.isinf(low) else f"[{low:g}"
    return f"{left}, " + ("∞)" if math.isinf(high) else f"{high:g}]")


CHECK = Check("E0804", _run)
