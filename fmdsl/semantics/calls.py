"""Calls of nets and of function lets."""

from __future__ import annotations

from collections.abc import Mapping

from fmdsl.semantics.decays import copy_name
from fmdsl.semantics.elaborated import Output, Slot
from fmdsl.semantics.expression import elaborate, unknown
from fmdsl.semantics.scope import LIVE, Meaning, NetRef, Scope
from fmdsl.syntax.expr import Call, Expr, Name, names
from fmdsl.syntax.spec import Let
from fmdsl.terms.build import is_zero, poly
from fmdsl.terms.level import ONE, Poly
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import Type, affine, point, tangent

_DEPTH = 32
#: Kinds that a slot takes besides its own.
_TAKES = {
    "point": ("point", "vector", "noise", "mean"),
    "noise": ("noise", "point", "vector"),
    "tangent": ("tangent", "vector"),
    "mean": ("mean", "point", "vector"),
    "scalar": ("scalar", "logit"),
    "covector": ("covector", "vector"),
    "vector": ("vector", "point", "noise", "mean", "tangent", "covector", "feature"),
}


Clocks = Mapping[str | None, Term]


def call_net(e: Call, net: NetRef, scope: Scope) -> Term:
    """A net at a place: its arguments bound to the slots of its signature and checked."""
    output = net.output
    args = tuple(elaborate(a, scope) for a in e.args)
    for name, value in e.kwargs:
        scope.note(
            "unknown_keyword",
            value.span,
            name=name,
            of=e.op,
            usage=signature(output),
            suggestion=None,
        )
    if len(args) != len(output.inputs):
        scope.note("wrong_arguments", e.span, usage=signature(output), name=e.op, given=len(args))
        return unknown(e).typed(_output_type(output, {}, scope))
    clocks: Clocks = {s.clock: a for s, a in zip(output.inputs, args, strict=True) if s.clock}
    for slot, argument in zip(output.inputs, args, strict=True):
        _check_slot(slot, argument, clocks, e, output, scope)
    kind = _output_type(output, clocks, scope)
    return make("jet", *args, type=kind, span=e.span, fn=output.name, order=0, copy=net.copy)


def signature(output: Output) -> str:
    """`u(point@t, r, t, label)`."""
    from fmdsl.syntax.show import show

    def one(slot: Slot) -> str:
        if slot.clock:
            return slot.clock
        return slot.kind if slot.level is None else f"{slot.kind}@{show(slot.level)}"

    return f"{output.name}({', '.join(map(one, output.inputs))})"


def _check_slot(
    slot: Slot,
    argument: Term,
    clocks: Clocks,
    e: Call,
    output: Output,
    scope: Scope,
) -> None:
    kind = argument.type
    empty = slot.kind in ("vector", "tangent", "mean", "covector") and is_zero(argument)
    if kind.kind == "unknown" or empty:
        return
    facts = {"net": output, "slot": slot, "argument": argument, "clocks": clocks, "call": e.span}
    if kind.kind not in (slot.kind, *_TAKES.get(slot.kind, ())):
        scope.note("wrong_kind", argument.span, **facts)
        return
    expected = _slot_type(slot, clocks, scope)
    if expected is not None and differs(kind, expected):
        scope.note("wrong_level", argument.span, expected=expected, **facts)


def _slot_type(slot: Slot, clocks: Clocks, scope: Scope) -> Type | None:
    if slot.kind == "noise":
        return scope.routes[0].noise
    if slot.kind == "tangent":
        return tangent(ONE)
    if slot.level is None:
        return None
    level = _level(slot.level, clocks, scope)
    return None if level is None else point(level)


def _level(e: Expr, clocks: Clocks, scope: Scope) -> Poly | None:
    """The level a signature names, with the clocks of this call in place of its own."""
    if any(n not in clocks and not _is_setting(n, scope) for n in names(e)):
        return None
    bound: dict[str, Meaning] = {name: term for name, term in clocks.items() if name}
    return poly(elaborate(e, scope.with_names(bound)))


def _is_setting(name: str, scope: Scope) -> bool:
    meaning = scope.names.get(name)
    return isinstance(meaning, Term) and meaning.op == "setting"


def differs(actual: Type, expected: Type) -> bool:
    """Whether the two are provably at odds; a mean has no level, what is not known passes."""
    if actual.mass is None or actual.moment is None or expected.mass is None:
        return False
    if expected.moment is None or actual.kind == "mean":
        return False
    gaps = (actual.mass - expected.mass, actual.moment - expected.moment)
    return any(gap.terms and not gap.opaque for gap in gaps)


def _output_type(output: Output, clocks: Clocks, scope: Scope) -> Type:
    route = scope.routes[0]
    match output.kind:
        case "point":
            level = _level(output.level, clocks, scope) if output.level is not None else None
            return point(level)
        case "tangent":
            return tangent(ONE, "model")
        case "mean":
            return affine(route.data.mass, route.data.moment).named("mean")
        case "noise":
            return route.noise
        case kind:
            return Type(kind)


def call_function(e: Call, let: Let, scope: Scope) -> Term:
    """A function let inlined; a keyword replaces a name of its body, usually a net."""
    params = let.params
    if params is None:
        scope.note("not_a_function", e.op_span or e.span, name=e.op, suggestion=None)
        return unknown(e)
    if len(e.args) != len(params):
        usage = f"{let.name}({', '.join(params)})"
        scope.note("wrong_arguments", e.span, usage=usage, name=e.op, given=len(e.args))
        return unknown(e)
    if len(scope.calls) > _DEPTH or let.name in scope.called:
        scope.note("recursive_function", e.span, name=let.name)
        return unknown(e)
    bound: dict[str, Meaning] = {
        p: value for p, a in zip(params, e.args, strict=True) for value in (_value(a, scope),)
    }
    for name, value in e.kwargs:
        if name not in scope.names:
            scope.note(
                "unknown_keyword", value.span, name=name, of=e.op, usage=let.name, suggestion=None
            )
        bound[name] = _value(value, scope)
    body = elaborate(let.body, scope.with_names(bound).calling(let.name, e.span))
    return make("let", body, type=body.type, span=e.span, name=f"{let.name}(…)")


def _value(e: Expr, scope: Scope) -> Meaning:
    """An argument: a term, or a net passed by name or as `ema(F, 0.95)`."""
    meaning = scope.names.get(e.id) if isinstance(e, Name) else None
    if isinstance(meaning, (NetRef, Let)):
        return meaning
    if isinstance(e, Call) and e.op == "ema" and e.args and isinstance(e.args[0], Name):
        inner = scope.names.get(e.args[0].id)
        if isinstance(inner, NetRef):
            return NetRef(inner.output, ema_copy(e, scope))
    return elaborate(e, scope)


def ema_copy(e: Call, scope: Scope) -> str:
    """The copy that `ema(u, 0.99)` names: `ema(0.99)`. Its decay is remembered."""
    decay = elaborate(e.args[1], scope) if len(e.args) == 2 else None
    name = copy_name(decay) if decay is not None else None
    if name is None or decay is None:
        scope.note("ema_decay", e.span)
        return LIVE
    scope.notebook.decays[name] = decay
    return name
