"""Where a graph's batch is split: the first rows go one way, the others another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fmdsl.graph.node import Graph, Node, Ref
from fmdsl.graph.structure import leading


@dataclass(frozen=True, slots=True)
class Cut:
    """Two clocks that are equal in the first rows, and the share of these."""

    low: str
    high: str
    share: float

    def cuts(self, rows: int) -> bool:
        """Whether both parts of a batch of this size have rows."""
        return 0 < leading(rows, self.share) < rows


def splits(graph: Graph) -> tuple[Cut, ...]:
    """The cuts that a graph relies on; none where no pass made any."""
    shares = {node["share"] for node in graph.nodes if node.op == "tail"}
    return tuple(Cut(d.low, d.high, d.share) for d in graph.diagonals if d.share in shares)


@dataclass(frozen=True, slots=True)
class Joined:
    """A net called on the first rows, with its derivative on the last, and their join.

    `place` is where the undivided call would be. The five nodes can be one: the net on
    every row, its derivative on the last.
    """

    head: Node
    slope: Node
    value: Node
    join: Node
    place: tuple[Ref, ...]

    @property
    def halves(self) -> tuple[Node, ...]:
        return (self.head, self.slope, self.value, self.join)


def joins(graph: Graph) -> Iterator[Joined]:
    """The nets that are called in two halves."""
    for join in graph.nodes:
        if join.op == "join" and len(join.needs) == 2 == len(join.inputs):
            found = _joined(graph, join, *(graph.by_name[i] for i in join.needs))
            if found is not None:
                yield found


def _joined(graph: Graph, join: Node, head: Node, value: Node) -> Joined | None:
    if head.op != "call" or value.op != "getitem" or head.get("layers"):
        return None
    slope = graph.by_name[value.needs[0]]
    if slope.op != "jvp" or slope["order"] != 1 or slope["record"] or slope["mode"] != "train":
        return None
    same = all(head[name] == slope[name] for name in ("net", "copy", "mode"))
    alone = graph.users[head.name] == graph.users[value.name] == (join,)
    place = tuple(_whole(graph, a, b) for a, b in zip(head.inputs, slope.inputs))
    if not same or not alone or None in place or {head.name, value.name} & graph.wanted:
        return None
    return Joined(head, slope, value, join, tuple(p for p in place if p is not None))


def _whole(graph: Graph, first: Ref, last: Ref) -> Ref | None:
    """What two references are the head and the tail of."""
    if not isinstance(first, str) or not isinstance(last, str):
        return first if first == last else None
    a, b = graph.by_name[first], graph.by_name[last]
    return a.inputs[0] if (a.op, b.op) == ("head", "tail") and a.inputs == b.inputs else None
