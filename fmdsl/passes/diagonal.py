"""`diagonal`: rows whose derivative is multiplied by zero do not take it.

Where a law makes two clocks equal in the first rows of a batch (`ordered(..., equal=p)`),
a coefficient such as `t - r` is zero there. If all that a derivative feeds is so
multiplied, those rows call the net alone, and the others take value and derivative.
The count of equal rows is then fixed for a batch size: the share times the size, rounded.
"""

from __future__ import annotations

from fractions import Fraction

from fmdsl.graph.node import Diagonal, Graph, Node, Ref
from fmdsl.graph.structure import LINEAR
from fmdsl.terms.level import Poly


def diagonal(graph: Graph) -> Graph:
    """Derivatives that vanish on equal rows are taken on the other rows only."""
    for pair in graph.diagonals:
        if {pair.low, pair.high} <= {n.name for n in graph.inputs}:
            found = [n for n in graph.nodes if _splits(graph, n, pair)]
            for node in found:
                graph = _split(graph, node, pair.share)
    return graph


def _splits(graph: Graph, node: Node, pair: Diagonal) -> bool:
    if node.op != "jvp" or node["order"] != 1:
        return False
    slopes = [v for u in graph.users[node.name] if u["index"] == 1 for v in _values(graph, u)]
    return bool(slopes) and all(_unseen(graph, s, pair) for s in slopes)


def _values(graph: Graph, node: Node) -> tuple[Node, ...]:
    """What stands for tensors: the node, or each of the several outputs that it holds."""
    return graph.users[node.name] if node.kind == "tuple" else (node,)


def _unseen(graph: Graph, node: Node, pair: Diagonal) -> bool:
    """Whether the value of a node on the equal rows makes no difference to any output."""
    if node.name in graph.wanted or not graph.users[node.name]:
        return False
    return all(_absorbed(graph, node.name, user, pair) for user in graph.users[node.name])


def _absorbed(graph: Graph, name: str, user: Node, pair: Diagonal) -> bool:
    if user.op == "*":
        others = [i for i in user.inputs if i != name]
        if any(_vanishes(graph, other, pair) for other in others):
            return True
    linear = user.op in LINEAR or (user.op == "*" and user.inputs.count(name) == 1)
    linear = linear or (user.op == "/" and user.inputs[0] == name and user.inputs[1] != name)
    return linear and _unseen(graph, user, pair)


def _vanishes(graph: Graph, ref: Ref, pair: Diagonal) -> bool:
    """Whether a coefficient is zero once the one clock is put for the other."""
    try:
        form = _form(graph, ref, pair)
    except ZeroDivisionError:
        return False
    return form is not None and not form.terms


def _form(graph: Graph, ref: Ref, pair: Diagonal) -> Poly | None:
    if not isinstance(ref, str):
        return _constant(ref)
    node = graph.by_name[ref]
    if node.op == "input":
        return Poly.atom(pair.high if ref == pair.low else ref)
    if node.op in ("expand", "sg"):
        return _form(graph, node.inputs[0], pair)
    if not node.is_scalar and node.kind != "number":
        return None
    match node.op, [_form(graph, i, pair) for i in node.inputs]:
        case "+", [Poly() as a, Poly() as b]:
            return a + b
        case "-", [Poly() as a, Poly() as b]:
            return a - b
        case "*", [Poly() as a, Poly() as b]:
            return a * b
        case "/", [Poly() as a, Poly() as b]:
            return a * b.inverse()
        case "neg", [Poly() as a]:
            return -a
        case _:
            return Poly.atom(ref)


def _constant(value: int | float) -> Poly:
    return Poly.constant(Fraction(value))


def _split(graph: Graph, node: Node, share: float) -> Graph:
    """The derivative on the last rows; its value, if wanted, joined from both parts."""
    taken = set(graph.by_name)
    cut = (("share", share),)
    rows: dict[tuple[str, str], Node] = {}

    def part(which: str, ref: Ref) -> Ref:
        if not isinstance(ref, str):
            return ref
        if (which, ref) not in rows:
            name = _fresh(f"{ref}_{which}", taken)
            rows[which, ref] = Node(name, which, (ref,), cut, graph.by_name[ref].type)
        return rows[which, ref].name

    place = node.inputs[: node.arity]
    tail = node.with_inputs(part("tail", i) for i in node.inputs)
    made = dict(graph.by_name) | {node.name: tail}
    extra: list[Node] = []

    def put(made: Node) -> str:
        extra.append(made)
        return made.name

    for user in graph.users[node.name]:
        rest = put(_named(user, "tail", (node.name,), taken))
        head = ""
        if user["index"] == 0:
            at = tuple(part("head", i) for i in place)
            head = put(_call(node, at, user, taken))
        for value in _values(graph, user):
            low, high = head, rest
            if value is not user:
                low = put(_named(value, "head", (head,), taken)) if head else ""
                high = put(_named(value, "tail", (rest,), taken))
                made.pop(user.name, None)
            op, inputs = ("join", (low, high)) if head else ("pad", (high, _rows_of(place)))
            made[value.name] = Node(value.name, op, inputs, (), value.type, value.span)
    return graph.replaced([*made.values(), *rows.values(), *extra])


def _named(node: Node, which: str, inputs: tuple[Ref, ...], taken: set[str]) -> Node:
    """The same of some of the rows."""
    name = _fresh(f"{node.name}_{which}", taken)
    return Node(name, node.op, inputs, node.attrs, node.type, node.span)


def _rows_of(place: tuple[Ref, ...]) -> str:
    """An argument of the undivided call: as many rows as there are."""
    return next(i for i in place if isinstance(i, str))


def _call(node: Node, place: tuple[Ref, ...], value: Node, taken: set[str]) -> Node:
    attrs = tuple((k, v) for k, v in node.attrs if k in ("copy", "mode", "net", "outputs"))
    return Node(_fresh(f"{value.name}_head", taken), "call", place, attrs, value.type, node.span)


def _fresh(name: str, taken: set[str]) -> str:
    found = next(n for i in range(10_000) if (n := f"{name}_{i}" if i else name) not in taken)
    taken.add(found)
    return found
