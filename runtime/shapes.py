"""What each net of a spec reads and gives on some data."""

from __future__ import annotations

from typing import Any

from fmdsl.runtime.data import Data
from fmdsl.runtime.given import Shape
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.expr import Name
from fmdsl.terms.term import Term, walk

#: Roles whose weights a run is given.
GIVEN = ("teacher", "frozen")


def shape_of(e: Elaborated, name: str, data: Data) -> Shape:
    """What a net reads and gives on this data."""
    outputs = sorted((o for o in e.outputs.values() if o.weights == name), key=lambda o: o.index)
    inputs = tuple("time" if s.clock else s.kind for s in outputs[0].inputs)
    # on data without labels, the empty label alone has a row
    classes = (data.classes or 0) if "label" in inputs else None
    return Shape(data.point_shape, inputs, tuple(o.kind for o in outputs), classes)


def own_time(e: Elaborated, name: str) -> int:
    """Which of a net's times is its state's own: 1 in `u(point@t, r, t)`; 0 where none is."""
    slots = e.weights[name].inputs
    levels = {s.level.id for s in slots if isinstance(s.level, Name)}
    clocks = [s.clock for s in slots if s.clock]
    return next((i for i, clock in enumerate(clocks) if clock in levels), 0)


def tap(e: Elaborated, name: str) -> tuple[str, Any] | None:
    """Whose features, and of which layer, a net reads; None where it reads none."""
    for term in walk(*(o.loss for o in e.objectives)):
        if term.op == "jet" and _weights(e, term) == name:
            for argument in term.place:
                bare = argument.bare
                if bare.op == "features":
                    return _weights(e, bare.args[0].bare), bare["layer"]
    return None


def _weights(e: Elaborated, jet: Term) -> str:
    output = e.outputs.get(jet["fn"])
    return output.weights if output else ""
