"""A value on every row and a derivative on the last ones, as one graph.

The dual is traced twice, on all rows and on the last ones: two graphs of the same operators.
What the value needs is taken from the first; what only the tangent needs from the second,
where it reads the last rows of the first's values. The net is then called once: one set of
gradients, and as many products as its value and the tangents of those rows need.
"""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.fx import Graph, Node
from torch.fx.node import map_arg

from fmdsl.lowering.derivatives.derivative import first_tensor, moved_rows
from fmdsl.lowering.derivatives.trace import (
    Dual,
    Trace,
    aside,
    dual_graph,
    flat,
    outputs_of,
    untape,
)
from fmdsl.lowering.derivatives.weights import State
from fmdsl.lowering.liveness import draws, mutated, needed, prune

aten = torch.ops.aten


class Unlike(Exception):
    """The two graphs do not fit together: rows are mixed, or drawn, or lie elsewhere."""


def trace_rows(
    net: nn.Module,
    state: State,
    primals: Sequence[Any],
    tangents: Sequence[Tensor | None],
    *,
    folded: bool = True,
) -> Trace | None:
    """The merged trace, or None where the net's rows cannot be told apart in it.

    primals: of all rows. tangents: of the last ones. Whether each row depends on itself
    alone is tried out on random weights, for which nothing is zero by chance.
    """
    along = tuple(v for v in tangents if v is not None)
    full = tuple(torch.zeros_like(p) if v is not None else None for p, v in zip(primals, tangents))
    last = moved_rows(primals, tangents)
    whole = dual_graph(Dual(net, state, primals, full, record=False, folded=folded))
    part = dual_graph(Dual(net, state, last, tangents, record=False, folded=folded))
    with aside(primals):
        weights = {name: _random(value) for name, value in state.items()}
    try:
        values = _run(whole, weights, primals, full)
        slopes = _run(part, weights, last, tangents)
        _merge(whole, part, len(along))
        wanted = [*values[: whole.outputs], *slopes[part.outputs :]]
        _compare(_run(whole, weights, primals, tangents), wanted)
    except (Unlike, RuntimeError):
        return None
    if torch.is_grad_enabled():
        untape(whole)
    return whole


def _merge(whole: Trace, part: Trace, tangents: int) -> None:
    """Rewrite `whole` in place. Raises Unlike."""
    graph, pairs = whole.run.graph, _pairs(whole.run.graph, part.run.graph)
    value = _value(graph, whole.outputs)
    along = [n for n in graph.nodes if n.op == "placeholder"][-tangents:]
    made = dict[Node, Node]()
    for there, here in pairs.items():
        if here in along:
            here.meta["val"] = there.meta["val"]
            made[there] = here
        elif here.op == "output":
            slopes = outputs_of(part.run.graph)[whole.outputs :]
            here.args = ([*outputs_of(graph)[: whole.outputs], *(made[s] for s in slopes)],)
        elif here in value or here.op in ("placeholder", "get_attr"):
            continue
        else:
            with graph.inserting_before(here):
                made[there] = _put(graph, there, pairs, made)
    prune(graph)
    whole.run.recompile()


def _pairs(whole: Graph, part: Graph) -> dict[Node, Node]:
    """The nodes of `part`, and those of `whole` that they are."""
    if len(whole.nodes) != len(part.nodes):
        raise Unlike
    pairs = dict(zip(part.nodes, whole.nodes, strict=True))
    for there, here in pairs.items():
        if there.op != here.op or there.target != here.target or draws(here):
            raise Unlike
    return pairs


def _value(graph: Graph, count: int) -> set[Node]:
    """What the value needs, with every result of an operator that gives several."""
    found = needed(graph, outputs_of(graph)[:count])
    for node in graph.nodes:
        if node.target is operator.getitem and node.args[0] in found:
            found.add(node)
    return found


def _put(graph: Graph, there: Node, pairs: dict[Node, Node], made: dict[Node, Node]) -> Node:
    """A node of the part in the whole graph."""

    def moved(argument: Node) -> Node:
        if argument not in made:
            made[argument] = _last(graph, pairs[argument], argument)
        return made[argument]

    args, kwargs = map_arg(there.args, moved), map_arg(there.kwargs, moved)
    node = graph.create_node(there.op, there.target, args, kwargs)  # pyright: ignore
    node.meta = dict(there.meta)
    return node


def _last(graph: Graph, here: Node, there: Node) -> Node:
    """The part of a value that stands for the last rows: the end of its one longer axis."""
    full, want = here.meta.get("val"), there.meta.get("val")
    if not isinstance(full, Tensor) or not isinstance(want, Tensor) or full.shape == want.shape:
        return here
    longer = [i for i, (a, b) in enumerate(zip(full.shape, want.shape)) if a != b]
    if full.ndim != want.ndim or len(longer) != 1:
        raise Unlike
    (axis,) = longer
    start = full.shape[axis] - want.shape[axis]
    node = graph.call_function(aten.slice.Tensor, (here, axis, start, full.shape[axis]))
    if full.stride() == want.stride():
        return node
    if not want.is_contiguous() or here in mutated(graph):
        raise Unlike
    return graph.call_function(aten.contiguous.default, (node,))


# ---- whether a row depends on itself alone


def _random(value: Tensor) -> Tensor:
    if not value.is_floating_point():
        return value.detach()
    return torch.randn_like(value) * max(1, value.shape[-1] if value.ndim else 1) ** -0.5


def _run(
    found: Trace, state: State, primals: Sequence[Any], tangents: Sequence[Tensor | None]
) -> Sequence[Tensor]:
    device = first_tensor(primals).device.type
    with torch.no_grad(), torch.autocast(device, enabled=False):
        return found.run(*flat(state, primals, tangents))


def _compare(found: Sequence[Tensor], wanted: Sequence[Tensor]) -> None:
    """Raises Unlike where the two differ by more than half precision could."""
    for a, b in zip(found, wanted, strict=True):
        if a.shape != b.shape or not bool((a - b).norm() <= 0.1 * b.norm()):
            raise Unlike
