"""The net calls of a step, how each is made and why."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from fmdsl.graph.node import Graph, Node
from fmdsl.graph.words import words
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.memory import Memory
from fmdsl.lowering.derivatives.planner import Planned
from fmdsl.lowering.derivatives.traced import Traced


@dataclass(frozen=True, slots=True)
class Row:
    """One call of a net in a step of a group.

    `rows` is the share of the batch that it sees, `cost` the forwards of its net on that
    share, in GEMMs, backward not included; `memory` is its tape, in tapes of a forward of
    the whole batch. `otherwise` is what would change the strategy; `room` is the memory that
    was found when it was chosen.
    """

    group: str
    call: str
    mode: str
    strategy: str
    reason: str
    rows: float
    cost: float
    memory: float = 0.0
    otherwise: str = ""
    room: Memory | None = None


_MODES = {
    "train": "trained",
    "through": "gradient passes to its input, not to its weights",
    "off": "no gradient comes back to it",
}


def rows(
    graphs: Mapping[str, Graph],
    planned: Callable[[Node], Planned],
    unsplit: Collection[str] = (),
) -> list[Row]:
    """Group by group, in the order in which the calls are made.

    unsplit: groups whose batch is not split, for it does not pay where they run.
    """
    made = [row for name, graph in graphs.items() for row in _rows(name, graph, planned)]
    return [_unsplit(row) if row.group in unsplit else row for row in made]


def _unsplit(row: Row) -> Row:
    if not row.otherwise:
        return row
    why = "on all rows: split in two, its launches would do too little each"
    return replace(
        row, reason=f"{row.reason}; {why}", otherwise=f"{row.otherwise}; compile, or more rows"
    )


def _rows(name: str, graph: Graph, planned: Callable[[Node], Planned]) -> Iterator[Row]:
    for node in graph.nodes:
        if node.op == "call":
            yield _called(name, graph, node)
        elif node.op == "jvp":
            yield _derived(name, graph, node, planned(node))


def _called(name: str, graph: Graph, node: Node) -> Row:
    mode, share = node["mode"], _share(graph, node)
    tape = 0.0 if mode == "off" else share
    return Row(name, _said(graph, node), mode, "call", _MODES[mode], share, share, tape)


def _derived(name: str, graph: Graph, node: Node, chosen: Planned) -> Row:
    mode, share = node["mode"], _share(graph, node)
    how, why = _how(chosen)
    tape = 0.0 if mode == "off" else share * chosen.cost.memory
    cost = share * chosen.cost.forward
    other = chosen.otherwise
    if share < 1 and (node["record"] or not isinstance(chosen.strategy, Traced)):
        other += "; a GPU, not compiled, whose launches would do too little (all rows)"
    said = _said(graph, node)
    return Row(name, said, mode, how, why, share, cost, tape, other, chosen.memory)


def _how(chosen: Planned) -> tuple[str, str]:
    """The strategy, as it turned out, and the reason for it."""
    match chosen.strategy:
        case FiniteDifference(step=step):
            return f"finite_difference, step {step:.1e}", chosen.reason
        case Traced(fallen=fallen) if fallen:
            return "exact", f"it cannot be traced: {', '.join(fallen.values())}"
        case strategy:
            return strategy.name, chosen.reason


def _share(graph: Graph, node: Node) -> float:
    """How much of the batch a node is of."""
    parts = [_share(graph, graph.by_name[i]) for i in node.needs]
    match node.op:
        case "head":
            return node["share"] * parts[0]
        case "tail":
            return (1 - node["share"]) * parts[0]
        case "join":
            return sum(parts)
        case "part":
            return parts[1 + node["index"]]
        case "pad":
            return parts[1]
        case _:
            return max(parts, default=1.0)


def _said(graph: Graph, node: Node) -> str:
    """`u(z, r, t, c)`, or `D u(z, r, t, c)` along its directions."""
    names = [words(graph, i) for i in node.inputs]
    net = node["net"] if node["copy"] == "live" else f"{node['net']} {node['copy']}"
    place = f"{net}({', '.join(names[: node.arity])})"
    if node.op == "call":
        return place
    along = names[node.arity : 2 * node.arity]
    return f"D {place} along ({', '.join(along)})"
