"""Calls and derivatives of nets and of the exact objects."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.contexts import context_places, contexts, own_labels
from fmdsl.proofs.fields import velocity_named
from fmdsl.proofs.law import DATA_VELOCITY, weights_at
from fmdsl.proofs.rules import Form, Untranslated
from fmdsl.semantics.elaborated import Output, Slot
from fmdsl.syntax.expr import Name
from fmdsl.terms.build import Opaque, is_zero
from fmdsl.terms.level import Inverse, Poly
from fmdsl.terms.term import Term

if TYPE_CHECKING:
    from fmdsl.proofs.translate import Translator


def call(read: Translator, t: Term) -> Form:
    """A net at its place; a derivative as the coefficient of formal steps along the directions."""
    return _jet(read, t, lambda args: _net_at(read, t, args))


def exact_call(read: Translator, t: Term) -> Form:
    """`flow`, `velocity` or `score`, of the data's law or of a named velocity."""
    return _jet(read, t, lambda args: _exact_at(read, t, args))


def _jet(read: Translator, t: Term, at: Callable[[list[Form]], Any]) -> Form:
    held = context_places(read.spec, t)
    if t["order"] == 0:
        return at([read(a) for i, a in enumerate(t.place) if is_form(a) and i not in held])
    steps = [al.time(f"ħ{i}") for i in range(t["order"])]
    moved: list[Form] = []
    for i, argument in enumerate(t.place):
        if i in held and not all(is_zero(d[i]) for d in t.directions):
            raise Untranslated(argument, "the derivative by a context")
        if is_form(argument) and i not in held:
            total: Any = read(argument)
            for step, direction in zip(steps, t.directions, strict=True):
                along = read.vector if isinstance(total, Vector) else read.scalar
                shift: Any = along(direction[i])
                total = total + step * shift
            moved.append(total)
    form: Any = at(moved)
    for step in steps:
        form = al.put(al.D(form, step), {step: 0})
    return form


def _net_at(read: Translator, t: Term, args: list[Form]) -> Form:
    output = read.spec.outputs[t["fn"]]
    made = net_of(output)
    if t["copy"].startswith("ema"):
        made = made.ema
    told = (*map(read.label, labels_of(t)), *contexts(read.spec, t))
    return made(*args, *_hidden(read, t, output), *told)


def net_of(output: Output) -> Any:
    """The algebra's symbol for a net's output."""
    make = al.scalar_net if output.kind in ("logit", "scalar") else al.net
    return make(output.name, output.role)


def _hidden(read: Translator, t: Term, output: Output) -> list[Scalar]:
    """The clock of the state where the net is not given it: it comes with the state."""
    i, slot = next(((i, s) for i, s in enumerate(output.inputs) if s.kind == "point"), (0, None))
    if slot is None or not is_hidden(slot, output):
        return []
    level = t.place[i].type.level
    if level is None:
        raise Untranslated(t.place[i], "the level of the state is not known")
    clock = from_poly(read, level)
    for k, direction in enumerate(t.directions):
        if is_zero(direction[i]):
            continue
        speed = direction[i].type.moment
        if speed is None:
            raise Untranslated(direction[i], "how fast the state's level moves is not known")
        clock = clock + al.time(f"ħ{k}") * from_poly(read, speed)
    return [clock]


def is_hidden(slot: Slot, output: Output) -> bool:
    """Whether the net reads a state whose clock is none of its arguments."""
    clocks = {s.clock for s in output.inputs}
    return isinstance(slot.level, Name) and slot.level.id not in clocks


def _exact_at(read: Translator, t: Term, args: Sequence[Form]) -> Form:
    name, _, of = t["fn"].partition("[")
    z, *clocks = args
    if not isinstance(z, Vector):
        raise Untranslated(t, "an exact object is read at a number, and not at a state")
    times = [c for c in clocks if isinstance(c, Scalar)]
    own = tuple(map(read.label, labels_of(t))) or own_labels(read.labels)
    labels = (*own, *contexts(read.spec, t))
    field = DATA_VELOCITY
    if of:
        field = velocity_named(read.spec, of.rstrip("]"), labels)
    if name == "flow":
        return al.Net(flow_of(field.fn))(z, times[0], times[1], *labels)
    v = field(z, times[0], *labels)
    return v if name == "velocity" else weights_at(read.spec, times[0]).score(z, v)


def features(read: Translator, t: Term) -> Form:
    """A hidden layer of a net, as a function of its own."""
    inner = t.args[0].bare
    output = read.spec.outputs[inner["fn"]]
    hidden = al.net(f"{output.weights}.{t['layer']}", output.role)
    labels = map(read.label, labels_of(inner))
    return hidden(*(read(a) for a in inner.place if is_form(a)), *labels)


def is_form(t: Term) -> bool:
    """Whether an argument has a form: labels are names."""
    return t.type.kind != "label"


def labels_of(t: Term) -> tuple[str, ...]:
    """The labels a net is called with."""
    bare = [a.bare for a in t.place if a.type.kind == "label"]
    return tuple("null" if b.op == "null" else str(b["name"]) for b in bare)


def from_poly(read: Translator, p: Poly) -> Scalar:
    """A level as a scalar of the algebra."""
    total: Scalar = al.ZERO
    for monomial, c in p.terms:
        product: Scalar = al.scalar(c)
        for key, power in monomial:
            base = _key(read, key)
            product = product * (base**power if power > 0 else (al.ONE / base) ** -power)
        total = total + product
    return total


def _key(read: Translator, key: object) -> Scalar:
    if isinstance(key, Inverse):
        return al.ONE / from_poly(read, key.of)
    if isinstance(key, Opaque):
        return read.scalar(key.term)
    name = str(key)
    return al.setting(name) if name in read.spec.settings else al.time(name)
