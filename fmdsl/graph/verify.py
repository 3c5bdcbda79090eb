"""What holds of every graph, before and after every pass."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.graph.node import Graph, Node
from fmdsl.graph.structure import ATTRS, INPUTS, MODES
from fmdsl.ops import OPERATORS


class BrokenGraph(AssertionError):
    """A graph that no pass may leave behind: a fault of the compiler, not of a spec."""


def verify(graph: Graph, after: str = "building") -> Graph:
    """The graph itself. Raises BrokenGraph with everything that is wrong with it."""
    faults = list(_faults(graph))
    if faults:
        raise BrokenGraph(f"graph `{graph.name}` after {after}: " + "; ".join(faults))
    return graph


def _faults(graph: Graph) -> Iterator[str]:
    seen: dict[str, Node] = {}
    for node in graph.nodes:
        if node.name in seen:
            yield f"`{node.name}` is written twice"
        unknown = [name for name in node.needs if name not in seen]
        for name in unknown:
            yield f"`{node.name}` reads `{name}`, which does not come before it"
        yield from _operation(node)
        if not unknown:
            yield from _shapes(node, [seen[name] for name in node.needs])
        seen[node.name] = node
    for name, ref in graph.outputs:
        if isinstance(ref, str) and ref not in seen:
            yield f"output `{name}` is `{ref}`, which does not exist"
    if graph.loss is not None and graph.loss not in dict(graph.outputs):
        yield f"the loss `{graph.loss}` is no output"


def _operation(node: Node) -> Iterator[str]:
    if node.op in OPERATORS:
        if not OPERATORS[node.op].accepts(len(node.inputs)):
            yield f"`{node.name}`: {node.op} takes other than {len(node.inputs)} inputs"
        return
    if node.op not in INPUTS:
        yield f"`{node.name}`: there is no operation `{node.op}`"
        return
    least, most = INPUTS[node.op]
    if not least <= len(node.inputs) <= (least if most is None else most):
        yield f"`{node.name}`: {node.op} takes other than {len(node.inputs)} inputs"
    for attr in ATTRS.get(node.op, ()):
        if attr not in dict(node.attrs):
            yield f"`{node.name}`: {node.op} lacks `{attr}`"
    if node.get("mode", "off") not in MODES:
        yield f"`{node.name}`: there is no mode `{node['mode']}`"


def _shapes(node: Node, inputs: list[Node]) -> Iterator[str]:
    if node.op in OPERATORS and OPERATORS[node.op].broadcasts:
        if any(i.is_vector for i in inputs) and any(i.is_scalar for i in inputs):
            yield f"`{node.name}` joins numbers with vectors, and none is expanded"
        if any(i.kind == "tuple" for i in inputs):
            yield f"`{node.name}` reads several outputs at once"
    if node.op == "getitem" and inputs[0].kind != "tuple":
        yield f"`{node.name}` takes one of `{inputs[0].name}`, which is not several"
