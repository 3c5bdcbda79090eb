"""Writing a graph: what is written twice the same way is one node."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from fmdsl.graph.node import Graph, Node, Ref
from fmdsl.syntax.source import Span

#: Signs by the word that names their nodes.
WORDS = {"+": "add", "-": "sub", "*": "mul", "/": "div", "^": "pow"}

Rule = Callable[["Builder", Node], Ref | None]


class Builder:
    """Nodes by name and by structure; `reserved` names go only to whom they are given."""

    def __init__(self, reserved: Iterable[str] = ()) -> None:
        self.nodes: dict[str, Node] = {}
        self._known: dict[tuple[Any, ...], str] = {}
        self._reserved = frozenset(reserved)

    def put(
        self,
        op: str,
        *inputs: Ref,
        type: str,
        name: str = "",
        span: Span | None = None,
        **attrs: Any,
    ) -> str:
        """The node of this operation; `name` is used if it is new."""
        return self.add(Node(name, op, inputs, tuple(sorted(attrs.items())), type, span))

    def add(self, node: Node) -> str:
        """The node under its name, or the one that already says the same."""
        # 1 and 1.0 are equal and hash alike, yet a power of 2 is not one of 2.0
        own = node.name if node.op == "input" else ""
        structure = (node.op, own, tuple((type(i), i) for i in node.inputs), node.attrs)
        if structure not in self._known:
            name = self._fresh(node)
            self._known[structure] = name
            self.nodes[name] = replace(node, name=name)
        return self._known[structure]

    def node(self, ref: Ref) -> Node | None:
        """The node a reference stands for; None for a number."""
        return self.nodes[ref] if isinstance(ref, str) else None

    def _fresh(self, node: Node) -> str:
        if node.name and node.name not in self.nodes:
            return node.name
        stem = node.name or WORDS.get(node.op, node.op if node.op.isidentifier() else "compare")
        names = (stem if not i else f"{stem}_{i}" for i in range(len(self.nodes) + 9_999))
        return next(n for n in names if n not in self.nodes and n not in self._reserved)


def rewrite(graph: Graph, rule: Rule) -> Graph:
    """Node by node, inputs first: `rule` gives what replaces a node, or None to keep it."""
    builder = Builder(graph.by_name)
    became: dict[str, Ref] = {}
    for node in graph.nodes:
        moved = node.with_inputs(became.get(i, i) if isinstance(i, str) else i for i in node.inputs)
        found = rule(builder, moved)
        became[node.name] = builder.add(moved) if found is None else found
    outputs = tuple((n, became[r] if isinstance(r, str) else r) for n, r in graph.outputs)
    return replace(graph, nodes=tuple(builder.nodes.values()), outputs=outputs)
