"""`share_primal`: a net's value and its derivative at one place are one call."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.graph.node import Graph, Node


def share_primal(graph: Graph) -> Graph:
    """A call becomes the value that comes with a derivative of the same copy at its place.

    Where the derivative's direction is made from that very value, they stay two.
    """
    nodes = dict(graph.by_name)
    for call, slope in _pairs(graph):
        if nodes[call.name].op == "call":
            nodes[slope.name] = nodes[slope.name].with_attrs(primal=True)
            nodes[call.name] = Node(
                call.name, "getitem", (slope.name,), (("index", 0),), call.type, call.span
            )
    return graph.replaced(nodes.values())


def _pairs(graph: Graph) -> Iterator[tuple[Node, Node]]:
    calls = [n for n in graph.nodes if n.op == "call" and not n.get("layers")]
    slopes = [n for n in graph.nodes if n.op == "jvp" and n["order"] == 1]
    for call in calls:
        for slope in slopes:
            if _same_call(call, slope) and call.name not in graph.above(slope.name):
                yield call, slope
                break


def _same_call(call: Node, slope: Node) -> bool:
    place = slope.inputs[: slope.arity]
    return place == call.inputs and all(call[a] == slope[a] for a in ("net", "copy", "mode"))
