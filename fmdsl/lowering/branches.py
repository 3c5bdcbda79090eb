"""`where` on `progress` is a branch: only the side that is taken exists in a step."""

from __future__ import annotations

from collections.abc import Mapping

from fmdsl.graph.builder import Builder, rewrite
from fmdsl.graph.constants import evaluated
from fmdsl.graph.node import Graph, Node, Number, Ref

Truths = tuple[tuple[str, bool], ...]


def conditions(graph: Graph) -> tuple[str, ...]:
    """The conditions that are one number for the whole batch."""
    found = (n.inputs[0] for n in graph.nodes if n.op == "where")
    names = (c for c in found if isinstance(c, str) and graph.by_name[c].kind in ("number", "bool"))
    return tuple(dict.fromkeys(c for c in names if not _batched(graph, c)))


def _batched(graph: Graph, name: str) -> bool:
    inputs = {n for n in graph.above(name) if graph.by_name[n].op == "input"}
    return inputs != {"progress"}


def truths(graph: Graph, progress: float) -> Truths:
    """Which of the conditions hold at this share of training."""
    names = conditions(graph)
    known: dict[str, Number] = {"progress": progress}
    wanted = set(names).union(*(graph.above(n) for n in names))
    for node in graph.nodes:
        if node.name in wanted and node.op != "input":
            value = evaluated(node.op, [known.get(i, i) if isinstance(i, str) else i
                                        for i in node.inputs], node.attrs)  # fmt: skip
            assert value is not None
            known[node.name] = value
    return tuple((name, bool(known[name])) for name in names)


def taken(graph: Graph, truth: Truths) -> Graph:
    """The graph in which every such condition is decided, and only one side is left."""
    decided: Mapping[str, bool] = dict(truth)

    def rule(builder: Builder, node: Node) -> Ref | None:
        if node.op != "where":
            return None
        condition, a, b = node.inputs
        held = decided.get(condition) if isinstance(condition, str) else None
        if held is None:
            return None
        chosen = builder.node(a if held else b)
        alike = chosen is not None and chosen.is_vector == node.is_vector
        return (a if held else b) if alike else None

    return rewrite(graph, rule)
