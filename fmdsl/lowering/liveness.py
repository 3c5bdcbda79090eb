"""Which nodes of an ATen graph are needed, in-place writes included."""

# torch has no public name for these.
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

import operator
from collections.abc import Iterable

import torch
from torch.fx import Graph, Node


def writes(node: Node) -> tuple[Node, ...]:
    """The arguments that a node writes to in place."""
    if not isinstance(node.target, torch._ops.OpOverload):
        return ()
    schema = node.target._schema
    if not schema.is_mutable:
        return ()
    named = [
        node.args[i] if i < len(node.args) else node.kwargs.get(a.name)
        for i, a in enumerate(schema.arguments)
        if a.alias_info is not None and a.alias_info.is_write
    ]
    return tuple(n for n in named if isinstance(n, Node))


def _views(node: Node) -> bool:
    """Whether the result shares memory with the first argument."""
    if node.target is operator.getitem:
        return True
    if not isinstance(node.target, torch._ops.OpOverload):
        return False
    returns = node.target._schema.returns
    return bool(returns) and returns[0].alias_info is not None


def roots(graph: Graph) -> dict[Node, Node]:
    """The node that owns each node's memory."""
    found: dict[Node, Node] = {}
    for node in graph.nodes:
        first = node.args[0] if node.args else None
        found[node] = found[first] if isinstance(first, Node) and _views(node) else node
    return found


def mutated(graph: Graph) -> set[Node]:
    """Nodes whose memory is written to after they are made."""
    owner = roots(graph)
    dirty = {owner[target] for node in graph.nodes for target in writes(node)}
    return {node for node in graph.nodes if owner[node] in dirty}


def draws(node: Node) -> bool:
    """Whether an operator takes random numbers: fused attention does for its dropout alone."""
    tag = torch.Tag.nondeterministic_seeded
    if not isinstance(node.target, torch._ops.OpOverload) or tag not in node.target.tags:
        return False
    places = {a.name: i for i, a in enumerate(node.target._schema.arguments)}
    place = places.get("dropout_p", len(node.args))
    given = node.args[place] if place < len(node.args) else node.kwargs.get("dropout_p", 0.0)
    return "dropout_p" not in places or bool(given)


def needed(graph: Graph, wanted: Iterable[Node]) -> set[Node]:
    """All that `wanted` depend on, with the writes to their memory."""
    owner = roots(graph)
    writers: dict[Node, list[Node]] = {}
    for node in graph.nodes:
        for target in writes(node):
            writers.setdefault(owner[target], []).append(node)
    live: set[Node] = set()
    stack = list(wanted)
    while stack:
        node = stack.pop()
        if node in live:
            continue
        live.add(node)
        stack.extend(node.all_input_nodes)
        stack.extend(writers.get(owner[node], ()))
    return live


def prune(graph: Graph) -> None:
    """Drop what neither the output, nor memory from outside, nor the random state depends on."""
    owner = roots(graph)
    kept = [
        node
        for node in graph.nodes
        if node.op in ("placeholder", "output")
        or draws(node)
        or any(owner[target].op != "call_function" for target in writes(node))
        or (node.op == "call_function" and not _pure(node))
    ]
    live = needed(graph, kept)
    for node in reversed(list(graph.nodes)):
        if node not in live:
            graph.erase_node(node)


def _pure(node: Node) -> bool:
    """An operator of torch that only computes, or writes to memory of the graph's own."""
    return bool(writes(node)) or not node.is_impure()
