"""`dead`: what no output is computed from is gone."""

from __future__ import annotations

from fmdsl.graph.node import Graph, Node


def dead(graph: Graph) -> Graph:
    """The nodes that outputs need; of a derivative, or of layers, the value only if it is read."""
    needed = set(graph.wanted)
    for node in reversed(graph.nodes):
        if node.name in needed:
            needed.update(node.needs)
    kept = [n for n in graph.nodes if n.name in needed]
    read = {(i, n["index"]) for n in kept if n.op == "getitem" for i in n.needs}
    return graph.replaced(_without_value(n, read) for n in kept)


def _without_value(node: Node, read: set[tuple[str, int]]) -> Node:
    valued = node.get("primal", bool(node.get("layers")))
    unread = node.op in ("call", "jvp") and valued and (node.name, 0) not in read
    return node.with_attrs(primal=False) if unread else node
