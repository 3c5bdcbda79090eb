"""`batch_calls`: calls of one net in one mode become one call of a longer batch.

No default: it pays where the batch under-fills the device, and a program asks for it there.
"""

from __future__ import annotations

from collections import defaultdict

from fmdsl.graph.node import Graph, Node, Ref


def batch_calls(graph: Graph) -> Graph:
    """Calls of the same copy, mode and layers that do not wait for each other, made at once.

    A net that mixes the rows of its batch (batch normalisation) sees them together then.
    """
    groups: dict[tuple[object, ...], list[Node]] = defaultdict(list)
    for node in graph.nodes:
        if node.op == "call":
            groups[node.attrs].append(node)
    for calls in groups.values():
        together = _independent(graph, calls)
        if len(together) > 1:
            graph = _batched(graph, together)
    return graph


def _independent(graph: Graph, calls: list[Node]) -> list[Node]:
    """Calls none of which is computed from another one."""
    chosen: list[Node] = []
    for call in calls:
        above = graph.above(call.name)
        below = any(call.name in graph.above(other.name) for other in chosen)
        if not below and not any(other.name in above for other in chosen):
            chosen.append(call)
    return chosen


def _batched(graph: Graph, calls: list[Node]) -> Graph:
    first = calls[0]
    made = dict(graph.by_name)
    together: list[Ref] = []
    for slot, parts in enumerate(zip(*(c.inputs for c in calls))):
        name = _fresh(f"{first.name}_in{slot}", made)
        kind = graph.by_name[parts[0]].type if isinstance(parts[0], str) else "scalar"
        made[name] = Node(name, "join", parts, (), kind)
        together.append(name)
    batched = _fresh(f"{first.name}_batch", made)
    made[batched] = Node(batched, "call", tuple(together), first.attrs, first.type, first.span)
    rows = tuple(c.inputs[0] for c in calls)
    for index, call in enumerate(calls):
        for value in _values(graph, call):
            _separate(made, batched, value, call, index, rows)
    return graph.replaced(made.values())


def _values(graph: Graph, call: Node) -> list[Node]:
    """What stands for tensors: the call, or each of its several results."""
    return [call] if call.type != "tuple" else list(graph.users[call.name])


def _separate(
    made: dict[str, Node], batched: str, value: Node, call: Node, index: int, rows: tuple[Ref, ...]
) -> None:
    source = batched
    if value is not call:
        source = _fresh(f"{batched}_{value['index']}", made)
        made[source] = Node(source, "getitem", (batched,), value.attrs, value.type)
        made.pop(call.name, None)
    part = Node(value.name, "part", (source, *rows), (("index", index),), value.type, value.span)
    made[value.name] = part


def _fresh(name: str, made: dict[str, Node]) -> str:
    return next(n for i in range(10_000) if (n := f"{name}_{i}" if i else name) not in made)
