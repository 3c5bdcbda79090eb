"""The net calls of a step, how each is made and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from fmdsl.graph.node import Graph, Node
from fmdsl.graph.words import words
from fmdsl.lowering.plan import Planned, forwards


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a net in a step of a group.

    `rows` is the share of the batch that it sees, `cost` the forwards of its net on that
    share, in GEMMs, backward not included.
    """

    group: str
    call: str
    mode: str
    strategy: str
    reason: str
    rows: float
    cost: float


_MODES = {
    "train": "trained",
    "through": "gradient passes to its input, not to its weights",
    "off": "no gradient comes back to it",
}


def rows(graphs: Mapping[str, Graph], planned: Callable[[Node], Planned]) -> list[Row]:
    """Group by group, in the order in which the calls are made."""
    return [row for name, graph in graphs.items() for row in _rows(name, graph, planned)]


def _rows(name: str, graph: Graph, planned: Callable[[Node], Planned]) -> Iterator[Row]:
    for node in graph.nodes:
        if node.op == "call":
            share = _share(graph, node)
            yield Row(
                name, _said(graph, node), node["mode"], "call", _MODES[node["mode"]], share, share
            )
        elif node.op == "jvp":
            chosen, share = planned(node), _share(graph, node)
            how = chosen.strategy.name
            cost = share * forwards(node, how)
            yield Row(name, _said(graph, node), node["mode"], how, chosen.reason, share, cost)


def _share(graph: Graph, node: Node) -> float:
    """How much of the batch a call sees."""
    first = graph.by_name[node.needs[0]]
    if first.op == "head":
        return first["share"]
    if first.op == "join":
        return float(len(first.inputs))
    return 1 - first["share"] if first.op == "tail" else 1.0


def _said(graph: Graph, node: Node) -> str:
    """`u(z, r, t, c)`, or `D u(z, r, t, c)` along its directions."""
    names = [words(graph, i) for i in node.inputs]
    net = node["net"] if node["copy"] == "live" else f"{node['net']} {node['copy']}"
    place = f"{net}({', '.join(names[: node.arity])})"
    if node.op == "call":
        return place
    along = names[node.arity : 2 * node.arity]
    return f"D {place} along ({', '.join(along)})"
