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
    """A net called on the first rows, with its derivative on the last, and their joins.

    They can be one: the net on every row at `place`, its derivative on the last. `joins` are
    then items of `value`, at `indices`, and `halves` are not computed.
    """

    slope: Node
    place: tuple[Ref, ...]
    value: Node
    joins: tuple[Node, ...]
    indices: tuple[int, ...]
    halves: tuple[Node, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        return (self.slope, *self.joins, *self.halves)


def joined(graph: Graph) -> Iterator[Joined]:
    """The nets that are called in two halves."""
    for slope in graph.nodes:
        if slope.op == "jvp" and slope["order"] == 1 and slope["mode"] == "train":
            found = None if slope["record"] else _joined(graph, slope)
            if found is not None:
                yield found


def _joined(graph: Graph, slope: Node) -> Joined | None:
    """Where every output of a derivative's value is joined to that of one call."""
    value, lasts = slope, _items(graph, slope)
    if slope["outputs"] > 1 and len(lasts) == 1:
        (value,) = lasts
        lasts = list(graph.users[value.name])
    joins = [_only(graph, last) for last in lasts]
    firsts = [_first(graph, join, last) for join, last in zip(joins, lasts)]
    heads = {_call(graph, first) for first in firsts}
    head = heads.pop() if len(heads) == 1 else None
    if head is None or any(head[name] != slope[name] for name in ("net", "copy", "mode")):
        return None
    place = tuple(_whole(graph, a, b) for a, b in zip(head.inputs, slope.inputs))
    halves = tuple({n.name: n for n in (head, *firsts, *lasts) if n is not None}.values())
    read = {u.name for u in graph.users[head.name]} - {n.name for n in (*joins, *halves) if n}
    if read or None in place or {n.name for n in halves} & graph.wanted:
        return None
    return Joined(
        slope,
        tuple(p for p in place if p is not None),
        value,
        tuple(j for j in joins if j is not None),
        tuple(last["index"] for last in lasts),
        halves,
    )


def _items(graph: Graph, slope: Node) -> list[Node]:
    """What reads the value that comes with a derivative."""
    return [u for u in graph.users[slope.name] if u.op == "getitem" and u["index"] == 0]


def _only(graph: Graph, node: Node) -> Node | None:
    """The join of two that alone reads a node."""
    users = graph.users[node.name]
    alone = len(users) == 1 and users[0].op == "join" and len(users[0].inputs) == 2
    return users[0] if alone else None


def _first(graph: Graph, join: Node | None, last: Node) -> Node | None:
    """What stands before a node in a join, if nothing else reads it."""
    if join is None or join.inputs[1] != last.name or not isinstance(join.inputs[0], str):
        return None
    first = graph.by_name[join.inputs[0]]
    alike = first.op == "call" or first.get("index") == last["index"]
    return first if alike and graph.users[first.name] == (join,) else None


def _call(graph: Graph, first: Node | None) -> Node | None:
    """The call that a value comes from."""
    if first is not None and first.op == "getitem":
        first = graph.by_name[first.needs[0]]
    plain = first is not None and first.op == "call" and not first.get("layers")
    return first if plain else None


def _whole(graph: Graph, first: Ref, last: Ref) -> Ref | None:
    """What two references are the head and the tail of."""
    if not isinstance(first, str) or not isinstance(last, str):
        return first if first == last else None
    a, b = graph.by_name[first], graph.by_name[last]
    return a.inputs[0] if (a.op, b.op) == ("head", "tail") and a.inputs == b.inputs else None
