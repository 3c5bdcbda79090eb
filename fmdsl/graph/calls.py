"""Calls of nets, their derivatives and their layers, as nodes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmdsl.graph.node import Ref
from fmdsl.semantics.elaborated import Output, Slot
from fmdsl.terms.build import is_zero
from fmdsl.terms.term import Term

if TYPE_CHECKING:
    from fmdsl.graph.build import Writer


def put_jet(writer: Writer, term: Term) -> Ref:
    """A net at a place, or its derivative of some order along directions."""
    if term["copy"] == "exact":
        raise _not_computable(term, "it is exact only in proofs; let a net stand for it")
    output = writer.spec.outputs[term["fn"]]
    place = _place(writer, term, output)
    attrs = {"net": output.weights, "outputs": output.arity}
    attrs |= {"copy": term["copy"], "mode": _mode(writer, output, term["copy"])}
    if term["order"] == 0:
        kind = _result(output, term)
        name = writer.name(term) or _called(output, term)
        made = writer.builder.put("call", *place, type=kind, name=name, span=term.span, **attrs)
        return _one_of(writer, made, output, term)
    along = [_direction(writer, d, output, term) for d in term.directions]
    made = writer.builder.put(
        "jvp",
        *place,
        *(a for direction in along for a in direction),
        type="tuple",
        name=f"{_called(output, term)}_jvp",
        span=writer.derivative or term.span,
        order=term["order"],
        primal=False,
        record=True,
        **attrs,
    )
    slope = writer.builder.put(
        "getitem", made, type=_result(output, term), name=f"d{_called(output, term)}", index=1
    )
    return _one_of(writer, slope, output, term)


def put_features(writer: Writer, term: Term) -> Ref:
    """A hidden layer of a call of a net."""
    call = term.args[0].bare
    output = writer.spec.outputs[call["fn"]]
    made = writer.builder.put(
        "call",
        *_place(writer, call, output),
        type="tuple",
        name=f"{_called(output, call)}_layers",
        span=term.span,
        net=output.weights,
        outputs=output.arity,
        copy=call["copy"],
        mode=_mode(writer, output, call["copy"]),
        layers=(term["layer"],),
    )
    name = writer.name(term) or "features"
    return writer.builder.put("getitem", made, type="feature", name=name, index=1)


def _mode(writer: Writer, output: Output, copy: str) -> str:
    """Where a call leaves gradient, by the role of its net alone."""
    if writer.moved is None or copy != "live" or output.role == "teacher":
        return "off"
    return "train" if output.weights in writer.moved else "through"


def _called(output: Output, term: Term) -> str:
    return output.name if term["copy"] == "live" else f"{output.name}_ema"


def _result(output: Output, term: Term) -> str:
    from fmdsl.graph.build import type_text

    return type_text(term.type) if output.arity == 1 else "tuple"


def _one_of(writer: Writer, made: str, output: Output, term: Term) -> Ref:
    """The output that the term is about, where its net has several."""
    from fmdsl.graph.build import type_text

    if output.arity == 1:
        return made
    return writer.builder.put(
        "getitem", made, type=type_text(term.type), name=writer.name(term), index=output.index
    )


def _place(writer: Writer, term: Term, output: Output) -> list[Ref]:
    pairs = zip(output.inputs, term.place)
    return [_argument(writer, slot, argument, term) for slot, argument in pairs]


def _argument(writer: Writer, slot: Slot, argument: Term, call: Term) -> Ref:
    ref = writer.ref(argument)
    if slot.kind == "scalar":
        return writer.per_example(ref)
    state = _state(writer, call) if ref == 0 else None
    if state is not None:
        return writer.builder.put("-", state, state, type=slot.kind, name="zeros")
    if not isinstance(ref, str):
        raise _not_computable(call, f"the number {ref} is given where the net reads a {slot.kind}")
    return ref


def _state(writer: Writer, call: Term) -> str | None:
    """A vector among a call's arguments: a zero takes its shape."""
    vectors = [a for a in call.place if a.type.is_vector and not is_zero(a)]
    found = writer.ref(vectors[0]) if vectors else None
    return found if isinstance(found, str) else None


def _direction(
    writer: Writer, direction: tuple[Term, ...], output: Output, call: Term
) -> list[Ref]:
    found: list[Ref] = []
    for slot, change in zip(output.inputs, direction):
        ref = writer.ref(change)
        found.append(0 if ref == 0 else _argument(writer, slot, change, call))
    return found


def _not_computable(term: Term, reason: str) -> Exception:
    from fmdsl.graph.build import NotComputable

    return NotComputable(term, reason)
