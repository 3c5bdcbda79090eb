"""`narrow`: what only some rows are read of is computed on those rows alone.

`diagonal` takes rows of what a derivative reads. A velocity that is nothing but the
direction of such a derivative need not be known on the others.
"""

from __future__ import annotations

from fmdsl.graph.node import Graph, Node, Ref
from fmdsl.graph.structure import LINEAR
from fmdsl.ops import OPERATORS

ROWS = ("head", "tail")
#: Operations whose rows are those of their inputs, beside the operators that broadcast.
ROW_BY_ROW = LINEAR | {"call", "full", "getitem"}


def narrow(graph: Graph) -> Graph:
    """Rows are taken of a node's inputs where nothing reads its other rows."""
    while (found := _next(graph)) is not None:
        graph = _moved(graph, *found)
    return graph


def _next(graph: Graph) -> tuple[Node, Node] | None:
    """A node that is read by one taking of rows and by nothing else, and that taking."""
    for rows in graph.nodes:
        if rows.op in ROWS:
            node = graph.by_name[rows.needs[0]]
            alone = graph.users[node.name] == (rows,) and node.name not in graph.wanted
            if alone and _row_by_row(node) and _batched(graph, node):
                return node, rows
    return None


def _row_by_row(node: Node) -> bool:
    return node.op in ROW_BY_ROW or (node.op in OPERATORS and OPERATORS[node.op].broadcasts)


def _batched(graph: Graph, node: Node) -> bool:
    """Whether every input has a row for each example, of which rows can be taken."""
    return bool(node.needs) and all(
        graph.by_name[i].kind != "number" or node.op == "full" for i in node.needs
    )


def _moved(graph: Graph, node: Node, rows: Node) -> Graph:
    """The node under the name of its rows, on rows of its inputs."""
    made = {n.name: n for n in graph.nodes if n.name not in (node.name, rows.name)}
    taken = {n.needs[0]: n.name for n in made.values() if n.op == rows.op and n.attrs == rows.attrs}

    def part(ref: Ref) -> Ref:
        if not isinstance(ref, str) or graph.by_name[ref].kind == "number":
            return ref
        if ref not in taken:
            name = _fresh(f"{ref}_{rows.op}", made)
            made[name] = Node(name, rows.op, (ref,), rows.attrs, graph.by_name[ref].type)
            taken[ref] = name
        return taken[ref]

    inputs = tuple(part(i) for i in node.inputs)
    made[rows.name] = Node(rows.name, node.op, inputs, node.attrs, node.type, node.span)
    return graph.replaced(made.values())


def _fresh(name: str, made: dict[str, Node]) -> str:
    return next(n for i in range(10_000) if (n := f"{name}_{i}" if i else name) not in made)
