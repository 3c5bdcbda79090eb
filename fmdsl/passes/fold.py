"""`fold`: what is known before anything runs is not computed again."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.graph.builder import Builder, rewrite
from fmdsl.graph.constants import evaluated
from fmdsl.graph.node import Graph, Node, Ref


def fold(graph: Graph) -> Graph:
    """Numbers are evaluated, branches on numbers taken, sums with zero and products with one gone.

    A derivative along nothing is zero.
    """
    return rewrite(graph, _folded)


def _folded(builder: Builder, node: Node) -> Ref | None:
    value = evaluated(node.op, node.inputs, node.attrs)
    if value is not None:
        return value
    rule = RULES.get(node.op)
    return rule(builder, node) if rule else None


def _sum(builder: Builder, node: Node) -> Ref | None:
    a, b = node.inputs
    if _is(a, 0) and _shaped(builder, b, node):
        return b
    if _is(b, 0) and _shaped(builder, a, node):
        return a
    left = builder.node(a)
    if left is not None and left.op == "neg":
        return _put(builder, "-", (b, left.inputs[0]), node)
    return _with_negative(builder, node, "-")


def _difference(builder: Builder, node: Node) -> Ref | None:
    a, b = node.inputs
    if _is(b, 0) and _shaped(builder, a, node):
        return a
    if _is(a, 0) and _shaped(builder, b, node):
        return _put(builder, "neg", (b,), node)
    return _with_negative(builder, node, "+")


def _with_negative(builder: Builder, node: Node, opposite: str) -> Ref | None:
    right = builder.node(node.inputs[1])
    if right is None or right.op != "neg":
        return None
    return _put(builder, opposite, (node.inputs[0], right.inputs[0]), node)


def _product(builder: Builder, node: Node) -> Ref | None:
    a, b = node.inputs
    for one, other in ((a, b), (b, a)):
        if _is(one, 1) and _shaped(builder, other, node):
            return other
        if _is(one, -1) and _shaped(builder, other, node):
            return _put(builder, "neg", (other,), node)
    return None


def _quotient(builder: Builder, node: Node) -> Ref | None:
    a, b = node.inputs
    return a if _is(b, 1) and _shaped(builder, a, node) else None


def _power(builder: Builder, node: Node) -> Ref | None:
    a, b = node.inputs
    return a if _is(b, 1) and _shaped(builder, a, node) else None


def _branch(builder: Builder, node: Node) -> Ref | None:
    condition, a, b = node.inputs
    if isinstance(condition, str):
        return None
    chosen = a if condition else b
    return chosen if _shaped(builder, chosen, node) else None


def _twice(builder: Builder, node: Node) -> Ref | None:
    """`neg(neg(a))` is a, `sg(sg(a))` is `sg(a)`."""
    inner = builder.node(node.inputs[0])
    if inner is None or inner.op != node.op:
        return None
    return inner.inputs[0] if node.op == "neg" else inner.name


def _expanded(builder: Builder, node: Node) -> Ref | None:
    a = node.inputs[0]
    return None if isinstance(a, str) else a


def _along_nothing(builder: Builder, node: Node) -> Ref | None:
    """One of a derivative whose every direction is zero; the value alone is a call."""
    inner = builder.node(node.inputs[0])
    if inner is None or inner.op != "jvp" or node["index"] != 1:
        return None
    n = inner.arity
    directions = [inner.inputs[i : i + n] for i in range(n, len(inner.inputs), n)]
    zero = any(all(_is(v, 0) for v in along) for along in directions)
    return 0 if zero and inner["outputs"] == 1 else None


RULES: dict[str, Callable[[Builder, Node], Ref | None]] = {
    "+": _sum,
    "-": _difference,
    "*": _product,
    "/": _quotient,
    "^": _power,
    "where": _branch,
    "neg": _twice,
    "sg": _twice,
    "expand": _expanded,
    "getitem": _along_nothing,
}


def _is(ref: Ref, value: int) -> bool:
    return not isinstance(ref, str) and ref == value


def _shaped(builder: Builder, ref: Ref, node: Node) -> bool:
    """Whether a reference has the shape of the node that it would stand for."""
    found = builder.node(ref)
    if found is None:
        return False
    return found.is_vector == node.is_vector and found.is_scalar == node.is_scalar


def _put(builder: Builder, op: str, inputs: tuple[Ref, ...], like: Node) -> Ref:
    return builder.put(op, *inputs, type=like.type, name=like.name, span=like.span)
