"""What a node is, in the notation of its spec: `e - x` for a node that nobody named."""

from __future__ import annotations

import re

from fmdsl.graph.node import Graph, Node, Ref

_UNNAMED = re.compile(r"(add|sub|mul|div|neg|pow|ones|zeros|full|sg|getitem)(_\d+)?")
#: What passes add to the name of a node that is computed on some rows only.
_ROWS = re.compile(r"_(tail|head)(_\d+)?$")
#: Operations that change a value's rows or shape and nothing that a reader would say.
_QUIET = ("expand", "tail", "head", "sg", "getitem")
_DEPTH = 4


def words(graph: Graph, ref: Ref, depth: int = 0) -> str:
    """A named node's name; an unnamed sum, product or constant written out, a few levels deep."""
    if not isinstance(ref, str):
        return f"{ref:g}"
    node = graph.by_name.get(ref)
    if node is None or depth > _DEPTH:
        return ref
    name = _ROWS.sub("", node.name)
    if node.op in _QUIET and (_UNNAMED.fullmatch(name) or node.op in ("expand", "tail", "head")):
        return words(graph, node.inputs[0], depth)
    if not _UNNAMED.fullmatch(name):
        return name
    return _written(graph, node, depth)


def _written(graph: Graph, node: Node, depth: int) -> str:
    if node.op == "full":
        return words(graph, node.inputs[0], depth)
    if node.op == "neg":
        return f"-{_inner(graph, node.inputs[0], depth)}"
    if node.op not in ("+", "-", "*", "/"):
        return node.name
    left, right = node.inputs
    first = words if node.op in "+-" else _inner
    second = words if node.op == "+" else _inner
    return f"{first(graph, left, depth + 1)} {node.op} {second(graph, right, depth + 1)}"


def _inner(graph: Graph, ref: Ref, depth: int) -> str:
    text = words(graph, ref, depth)
    return f"({text})" if " " in text else text
