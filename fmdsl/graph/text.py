"""A graph as text, and back.

graph u
diagonal r t 0.75
  x: point@0 = input
  z: point@t = + mul mul_1
  u: tangent = call z r t c {"copy": "live", "mode": "train", "net": "u", "outputs": 1}
loss u = div
"""

from __future__ import annotations

import json
import re
from typing import Any

from fmdsl.graph.node import Diagonal, Graph, Node, Ref


class GraphSyntax(ValueError):
    """A line that is no part of a graph; says which line."""


def text(graph: Graph) -> str:
    """The graph, one node a line. `parse(text(g)) == g`."""
    lines = [f"graph {graph.name}"]
    lines += [f"diagonal {d.low} {d.high} {d.share!r}" for d in graph.diagonals]
    lines += [f"  {_node(node)}" for node in graph.nodes]
    for name, ref in graph.outputs:
        lines.append(f"{'loss' if name == graph.loss else 'output'} {name} = {_ref(ref)}")
    return "\n".join(lines) + "\n"


def _node(node: Node) -> str:
    parts = [f"{node.name}: {node.type} =", node.op, *map(_ref, node.inputs)]
    attrs = json.dumps(dict(node.attrs), ensure_ascii=False) if node.attrs else ""
    return " ".join([*parts, attrs]).rstrip()


def _ref(ref: Ref) -> str:
    return ref if isinstance(ref, str) else repr(ref)


def parse(source: str) -> Graph:
    """The graph a text stands for. Raises GraphSyntax."""
    name, loss = "", None
    nodes: list[Node] = []
    outputs: list[tuple[str, Ref]] = []
    diagonals: list[Diagonal] = []
    for number, line in enumerate(source.splitlines(), 1):
        match line.split():
            case []:
                continue
            case ["graph", name]:
                continue
            case ["diagonal", low, high, share]:
                diagonals.append(Diagonal(low, high, float(share)))
            case [("loss" | "output") as what, called, "=", ref]:
                loss = called if what == "loss" else loss
                outputs.append((called, _parsed_ref(ref)))
            case _:
                nodes.append(_parsed_node(line, number))
    return Graph(name, tuple(nodes), tuple(outputs), loss, tuple(diagonals))


_LINE = re.compile(
    r"\s*(?P<name>\S+): (?P<type>\S+) = (?P<op>\S+)(?P<inputs>[^{]*)(?P<attrs>\{.*\})?$"
)


def _parsed_node(line: str, number: int) -> Node:
    found = _LINE.match(line)
    if found is None:
        raise GraphSyntax(f"line {number} is no node: {line.strip()!r}")
    inputs = tuple(_parsed_ref(word) for word in found["inputs"].split())
    attrs: dict[str, Any] = json.loads(found["attrs"] or "{}")
    frozen = ((k, tuple(v) if isinstance(v, list) else v) for k, v in attrs.items())
    return Node(found["name"], found["op"], inputs, tuple(sorted(frozen)), found["type"])


def _parsed_ref(word: str) -> Ref:
    if word in ("True", "False"):
        return word == "True"
    if not re.match(r"[-+]?[\d.]|[-+]?(inf|nan)$", word):
        return word
    return int(word) if re.fullmatch(r"[-+]?\d+", word) else float(word)
