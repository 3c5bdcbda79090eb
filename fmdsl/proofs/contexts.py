"""A state that a net is told beside its own: a context, given which the law is meant.

`u(y, r, s, z, t, c)` reads y at s and, as a context, z at t. Of the exact objects at y those given
z are meant: `velocity(y, s, given=z)` is the mean of `D(y, s)` given both. A context is carried as
a label, `v(y, s, c, |z)`: it is held, and nothing is said of how a net changes with it.

Two states that share the data and not the noise are such a pair. Without a common draw z tells
nothing of y; with the same noise as well the two leave nothing random, and the law is another.
"""

from __future__ import annotations

from fmdsl.proofs.expect import path_at
from fmdsl.proofs.law import without_sg
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.syntax.expr import Name
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term

_MARK = "|"


def own_labels(labels: tuple[str, ...]) -> tuple[str, ...]:
    """The labels that are no contexts."""
    return tuple(n for n in labels if not n.startswith(_MARK))


def context_places(spec: Elaborated, call: Term) -> frozenset[int]:
    """The arguments that tell a context: states after the first, with their clocks."""
    if call["copy"] == "exact":
        states = [i for i, a in enumerate(call.place) if a.type.is_vector]
        return frozenset(states[1:])
    return _slots(spec.outputs[call["fn"]])


def _slots(output: Output) -> frozenset[int]:
    points = [i for i, s in enumerate(output.inputs) if s.kind == "point"]
    levels = [output.inputs[i].level for i in points]
    clocks = {v.id for v in levels[1:] if isinstance(v, Name) and v != levels[0]}
    told = (i for i, s in enumerate(output.inputs) if s.clock in clocks)
    return frozenset([*points[1:], *told])


def contexts(spec: Elaborated, call: Term) -> tuple[str, ...]:
    """The contexts of a call, as labels."""
    return tuple(_name(a) for a in _states(spec, call))


def law_given(spec: Elaborated, call: Term, state: Term) -> tuple[str, ...]:
    """What the contexts of a call tell of the data, given the state at which it is taken."""
    found: list[str] = []
    for context in _states(spec, call):
        path = path_at(context)
        if path is None:
            found.append(_name(context))
            continue
        same = [_is_one(a, b) for a, b in zip(path.args[1:3], state.args[1:3], strict=True)]
        noise = show_term(path.args[2])
        found += [f"{_name(context)}, {noise}"] if same[1] else [_name(context)] if same[0] else []
    return tuple(found)


def _states(spec: Elaborated, call: Term) -> list[Term]:
    places = context_places(spec, call)
    return [a for i, a in enumerate(call.place) if i in places and a.type.is_vector]


def _name(state: Term) -> str:
    return _MARK + (state["name"] if state.op == "let" else show_term(state))


def _is_one(a: Term, b: Term) -> bool:
    return without_sg(a).key == without_sg(b).key
