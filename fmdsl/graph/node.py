"""Nodes and graphs: one objective as a list of operations, each written once.

A node's inputs are names of other nodes or Python numbers. Types are a kind and, for a
state whose level is known, the level: `point@t`. A `number` has no batch axis, a `scalar`
is one number per example, an `expanded` one is shaped to meet a vector.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import networkx as nx

from fmdsl.syntax.source import Span
from fmdsl.terms.types import SCALARS

Number = int | float
Ref = str | Number
Attrs = tuple[tuple[str, Any], ...]


@dataclass(frozen=True, slots=True)
class Node:
    """`name: type = op inputs {attrs}`; the span is where the spec says so."""

    name: str
    op: str
    inputs: tuple[Ref, ...] = ()
    attrs: Attrs = ()
    type: str = "scalar"
    span: Span | None = field(default=None, compare=False, repr=False)

    def __getitem__(self, name: str) -> Any:
        """The attribute `name`; KeyError where the node has none."""
        return dict(self.attrs)[name]

    def get(self, name: str, default: Any = None) -> Any:
        return dict(self.attrs).get(name, default)

    @property
    def kind(self) -> str:
        return self.type.partition("@")[0]

    @property
    def needs(self) -> tuple[str, ...]:
        """The nodes among the inputs."""
        return tuple(i for i in self.inputs if isinstance(i, str))

    @property
    def is_scalar(self) -> bool:
        """One number per example."""
        return self.kind in SCALARS

    @property
    def is_vector(self) -> bool:
        """Shaped like a state, or made to meet one."""
        return not self.is_scalar and self.kind not in ("number", "tuple")

    @property
    def arity(self) -> int:
        """How many arguments a call or a derivative gives to its net."""
        return len(self.inputs) // (self.get("order", 0) + 1)

    def with_attrs(self, **attrs: Any) -> Node:
        return replace(self, attrs=tuple(sorted({**dict(self.attrs), **attrs}.items())))

    def with_inputs(self, inputs: Iterable[Ref]) -> Node:
        return replace(self, inputs=tuple(inputs))


@dataclass(frozen=True, slots=True)
class Diagonal:
    """Two draws that are equal in a share of the rows, the first ones."""

    low: str
    high: str
    share: float


@dataclass(frozen=True)
class Graph:
    """Nodes, each after its inputs, and what is asked of them by name.

    `loss` names the output that is minimised; gradient is wanted of it alone. None for a
    sampler.
    """

    name: str
    nodes: tuple[Node, ...]
    outputs: tuple[tuple[str, Ref], ...]
    loss: str | None = None
    diagonals: tuple[Diagonal, ...] = ()

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        return {node.name: node for node in self.nodes}

    @cached_property
    def users(self) -> Mapping[str, tuple[Node, ...]]:
        """The nodes that read each node."""
        found: dict[str, list[Node]] = {node.name: [] for node in self.nodes}
        for node in self.nodes:
            for name in dict.fromkeys(node.needs):
                found[name].append(node)
        return {name: tuple(users) for name, users in found.items()}

    @cached_property
    def digraph(self) -> nx.DiGraph[str]:
        """Edges run from an input to the node that reads it."""
        digraph: nx.DiGraph[str] = nx.DiGraph()
        for node in self.nodes:
            digraph.add_node(node.name, node=node)
            digraph.add_edges_from((name, node.name) for name in node.needs)
        return digraph

    @property
    def inputs(self) -> tuple[Node, ...]:
        """What is given from outside: draws, `progress`, a sampler's state."""
        return tuple(node for node in self.nodes if node.op == "input")

    @property
    def wanted(self) -> frozenset[str]:
        """Names of the nodes that are outputs."""
        return frozenset(ref for _, ref in self.outputs if isinstance(ref, str))

    def above(self, name: str) -> set[str]:
        """Everything a node is computed from."""
        return nx.ancestors(self.digraph, name)

    def replaced(self, nodes: Iterable[Node], **changes: Any) -> Graph:
        """The graph of other nodes, put in an order in which each follows its inputs."""
        return replace(self, nodes=ordered(tuple(nodes)), **changes)


def ordered(nodes: tuple[Node, ...]) -> tuple[Node, ...]:
    """Nodes after their inputs, otherwise in the order given."""
    place = {node.name: i for i, node in enumerate(nodes)}
    if all(place[n] < i for i, node in enumerate(nodes) for n in node.needs):
        return nodes
    digraph: nx.DiGraph[str] = nx.DiGraph()
    digraph.add_nodes_from(place)
    digraph.add_edges_from((n, node.name) for node in nodes for n in node.needs)
    names = nx.lexicographical_topological_sort(digraph, key=place.__getitem__)
    return tuple(nodes[place[name]] for name in names)
