"""`no_grad`: what no gradient comes back to runs without a tape.

Calls that gradient does not reach are switched off, derivatives that it does not flow
through are not recorded, and gradient is stopped where it would enter such a part.
"""

from __future__ import annotations

from fmdsl.graph.builder import Builder, rewrite
from fmdsl.graph.node import Graph, Node, Ref


def no_grad(graph: Graph) -> Graph:
    """Gradient is kept exactly where the loss asks for it and a trained net gives it."""
    carrying, wanted = _carrying(graph), _wanted(graph)
    live = carrying & wanted

    def rule(builder: Builder, node: Node) -> Ref | None:
        if node.op == "sg":
            return _stopped(builder, node, graph, live)
        if node.op in ("call", "jvp"):
            return _moded(builder, node, graph, live, carrying)
        if node.name in live:
            return None
        made = builder.add(node.with_inputs(_cut(builder, i, live) for i in node.inputs))
        return builder.put("sg", made, type=node.type) if _leaks(builder, node, live) else made

    return rewrite(graph, rule)


def _carrying(graph: Graph) -> set[str]:
    """Nodes that depend on a trained weight in a way that gradient could follow."""
    found: set[str] = set()
    for node in graph.nodes:
        mode = node.get("mode")
        own = mode == "train" and node.op in ("call", "jvp")
        reached = any(i in found for i in node.needs) and node.op not in ("sg", "full")
        if own or (reached and mode != "off"):
            found.add(node.name)
    return found


def _wanted(graph: Graph) -> set[str]:
    """Nodes whose gradient the loss asks for."""
    found = {ref for name, ref in graph.outputs if name == graph.loss and isinstance(ref, str)}
    for node in reversed(graph.nodes):
        if node.name not in found or node.op in ("sg", "full") or node.get("mode") == "off":
            continue
        if node.op == "jvp" and not any(s.name in found for s in _slopes(graph, node)):
            found.update(i for i in node.inputs[: node.arity] if isinstance(i, str))
        else:
            found.update(_differentiated(node))
    return found


def _slopes(graph: Graph, node: Node) -> tuple[Node, ...]:
    """What reads a derivative, and not its value."""
    return tuple(u for u in graph.users[node.name] if u["index"] == 1)


def _differentiated(node: Node) -> tuple[str, ...]:
    """The inputs that a node's value changes with; `like`s and conditions are not among them."""
    if node.op in ("expand", "pad", "part"):
        return node.needs[:1]
    if node.op == "where":
        return tuple(i for i in node.inputs[1:] if isinstance(i, str))
    return node.needs


def _moded(
    builder: Builder, node: Node, graph: Graph, live: set[str], carrying: set[str]
) -> Ref | None:
    if node["mode"] == "off":
        return None
    if node.name not in live:
        return builder.add(_unrecorded(node.with_attrs(mode="off")))
    if node.op == "call":
        return None
    if any(s.name in live for s in _slopes(graph, node)):
        return None
    # what only the derivative reads would still be taped on its way in
    n = node.arity
    along = (_cut(builder, i, carrying) for i in node.inputs[n:])
    return builder.add(_unrecorded(node.with_inputs((*node.inputs[:n], *along))))


def _unrecorded(node: Node) -> Node:
    return node.with_attrs(record=False) if node.op == "jvp" else node


def _cut(builder: Builder, ref: Ref, live: set[str]) -> Ref:
    """A reference whose gradient, if it has one, is stopped."""
    node = builder.node(ref)
    if node is None or node.name not in live or node.op == "sg" or node.kind == "tuple":
        return ref
    return builder.put("sg", node.name, type=node.type)


def _leaks(builder: Builder, node: Node, live: set[str]) -> bool:
    """Whether this is one of several outputs whose call gradient reaches for another's sake."""
    if node.op != "getitem" or node.kind == "tuple":
        return False
    source, taken = builder.nodes[node.needs[0]], node
    while source.op == "getitem":
        source, taken = builder.nodes[source.needs[0]], source
    if source.op == "jvp" and taken["index"] == 1:
        return False  # it is not recorded then
    return source.name in live


def _stopped(builder: Builder, node: Node, graph: Graph, live: set[str]) -> Ref | None:
    """A stop that nothing comes through is no node."""
    inner = node.inputs[0]
    return None if not isinstance(inner, str) or inner in live else inner
