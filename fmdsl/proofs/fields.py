"""Velocities other than the data's: `flow(z, t, r, of=T)`, of a teacher or of a function let."""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.clocks import free_clocks
from fmdsl.proofs.contexts import own_labels
from fmdsl.proofs.expect import path_at
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.scope import Meaning, NetRef, Notebook, Scope
from fmdsl.syntax.expr import Call, Name
from fmdsl.syntax.spec import Let
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term, make, walk
from fmdsl.terms.types import LABEL, SCALAR, point

_MADE: dict[Any, tuple[Elaborated, al.Net]] = {}


def velocity_named(spec: Elaborated, name: str, labels: tuple[str, ...]) -> al.Net:
    """The velocity of that name; what a net or a let of that name says is its rule."""
    key = name, labels
    found = _MADE.get(key)
    if found is None or found[0] is not spec:
        found = _MADE[key] = spec, _made(spec, name, labels)
    return found[1]


def _made(spec: Elaborated, name: str, labels: tuple[str, ...]) -> al.Net:
    body = _body(spec, name)
    if body is None:
        return al.velocity(name)

    def rule(place: Vector, time: Scalar, *given: str) -> Vector:
        from fmdsl.proofs.translate import Translator
        from fmdsl.proofs.truth import assumed

        known = {**free_clocks(body[0]), **_arguments(body, place, time)}
        told = given or labels
        read = Translator(spec, known, told, renamed=labels_as(spec, told), stepped=True)
        return assumed(spec, read.vector(body[0]))

    return al.velocity(name, rule)


def _arguments(body: tuple[Term, str, str], place: Vector, time: Scalar) -> dict[int, Any]:
    """The forms of the state and the clock, wherever they stand in the body."""
    forms: dict[str, Any] = {body[1]: place, body[2]: time}
    return {t.key: forms[t["name"]] for t in walk(body[0]) if t.op == "param"}


def labels_as(spec: Elaborated, labels: tuple[str, ...]) -> dict[str, str]:
    """For which labels those of the draws stand, read of nets with the given ones."""
    own = own_labels(labels)
    return dict.fromkeys(label_draws(spec), own[0]) if len(own) == 1 else {}


def label_draws(spec: Elaborated) -> tuple[str, ...]:
    """The names of the labels that the losses hold."""
    return tuple(n for n, t in _draws(spec).items() if t.type.kind == "label")


def velocity_body(spec: Elaborated, name: str) -> Term:
    """What a velocity of that name is, as a term; the empty label where nothing says it."""
    found = _body(spec, name)
    return make("null", type=LABEL) if found is None else found[0]


def _body(spec: Elaborated, name: str) -> tuple[Term, str, str] | None:
    """The velocity as a term of a state and a time, with their names."""
    let = next((t for t in spec.spec.lets if t.name == name and t.params), None)
    if let is not None and let.params is not None and len(let.params) == 2:
        scope = _scope(spec).with_names(_params(*let.params))
        return elaborate(let.body, scope), *let.params
    output = spec.outputs.get(name)
    clocks = [s.clock for s in output.inputs if s.clock] if output else []
    if output is None or len(clocks) != 1:
        return None
    names = {"point": "ż", "vector": "ż", "label": (*label_draws(spec), "null")[0]}
    args = [Name("ṫ" if s.clock else names.get(s.kind, "ṫ")) for s in output.inputs]
    scope = _scope(spec).with_names(_params("ż", "ṫ"))
    return elaborate(Call(name, tuple(args)), scope), "ż", "ṫ"


def _params(state: str, clock: str) -> dict[str, Meaning]:
    return {
        state: make("param", type=point(Poly.atom(clock)), name=state),
        clock: make("param", type=SCALAR, name=clock),
    }


def _scope(spec: Elaborated) -> Scope:
    functions: dict[str, Let] = {t.name: t for t in spec.spec.lets if t.params is not None}
    settings = {n: make("setting", type=SCALAR, name=n, value=v) for n, v in spec.settings.items()}
    nets = {n: NetRef(o) for n, o in spec.outputs.items()}
    states = {n: t for n, t in spec.lets.items() if path_at(t) is not None}
    named = {n: make("let", t, type=t.type, name=n) for n, t in states.items()}
    known = {**_draws(spec), **_numbers(spec), **named, **settings, **functions, **nets}
    return Scope(known, spec.routes, Notebook())


def _numbers(spec: Elaborated) -> dict[str, Term]:
    """The lets that are numbers, under their names."""
    numbers = {n: t for n, t in spec.lets.items() if t.type.is_scalar}
    return {n: make("let", t, type=t.type, name=n) for n, t in numbers.items()}


def _draws(spec: Elaborated) -> dict[str, Term]:
    roots = [o.loss for o in spec.objectives]
    return {t["name"]: t for t in walk(*roots) if t.op == "draw"}
