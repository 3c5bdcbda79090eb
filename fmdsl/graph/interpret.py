"""The reference value of a graph, in numpy and float64.

A net is a callable of arrays that gives an array, or a tuple of them. Its derivative is
its own `jvp(primals, tangents) -> derivative` where it has one, else a central difference;
its layers are `layer(name, *place)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from fmdsl.graph.node import Graph, Node, Ref
from fmdsl.graph.structure import leading
from fmdsl.ops import OPERATORS

Array = Any
#: Step of a central difference: error about 1e-10 at float64.
STEP = 1e-5


def interpret(
    graph: Graph, values: Mapping[str, Array], nets: Mapping[str, Callable[..., Any]]
) -> dict[str, Array]:
    """The outputs by name, for given inputs; `ema` copies are `nets["F ema(0.99)"]`.

    A copy that is not given is the net itself.
    """
    known: dict[str, Array] = {}
    for node in graph.nodes:
        if node.op == "input":
            known[node.name] = np.asarray(values[node.name])
        else:
            known[node.name] = _value(node, [_looked_up(i, known) for i in node.inputs], nets)
    return {name: _looked_up(ref, known) for name, ref in graph.outputs}


def _looked_up(ref: Ref, known: Mapping[str, Array]) -> Any:
    return known[ref] if isinstance(ref, str) else ref


def _value(node: Node, given: list[Any], nets: Mapping[str, Callable[..., Any]]) -> Array:
    if node.op in OPERATORS:
        return OPERATORS[node.op].value(np, *given, **dict(node.attrs))
    if node.op in ("call", "jvp"):
        net = nets.get(f"{node['net']} {node['copy']}", nets[node["net"]])
        return _called(node, net, given) if node.op == "call" else _derived(node, net, given)
    return STRUCTURE[node.op](node, *given)


def _full(node: Node, a: Any, like: Array) -> Array:
    return np.full(len(like), a, dtype=np.int64 if node.get("label") else np.float64)


def _part(node: Node, a: Array, *like: Array) -> Array:
    ends = np.cumsum([0, *map(len, like)])
    return a[ends[node["index"]] : ends[node["index"] + 1]]


STRUCTURE: dict[str, Callable[..., Any]] = {
    "expand": lambda node, a, like: a.reshape(a.shape + (1,) * (like.ndim - 1)),
    "full": _full,
    "sg": lambda node, a: a,
    "getitem": lambda node, a: a[node["index"]],
    "head": lambda node, a: a[: leading(len(a), node["share"])],
    "tail": lambda node, a: a[leading(len(a), node["share"]) :],
    "pad": lambda node, a, like: np.concatenate([np.zeros((len(like) - len(a), *a.shape[1:])), a]),
    "join": lambda node, *parts: np.concatenate(parts),
    "part": _part,
}


def _called(node: Node, net: Any, place: list[Array]) -> Any:
    if not node.get("layers"):
        return net(*place)
    return (net(*place), *(net.layer(name, *place) for name in node["layers"]))


def _derived(node: Node, net: Any, given: list[Any]) -> tuple[Any, Any]:
    n, order = node.arity, node["order"]
    place, along = given[:n], [given[i : i + n] for i in range(n, len(given), n)]
    function: Any = net
    for direction in along[: order - 1]:
        function = _slope(function, direction)
    return (net(*place) if node["primal"] else None), _slope(function, along[-1])(*place)


def _slope(net: Any, along: list[Any]) -> Callable[..., Any]:
    """The derivative of a net along a direction, as a function of the place."""

    def at(*place: Array) -> Any:
        if hasattr(net, "jvp"):
            return net.jvp(place, along)
        high, low = (net(*_moved(place, along, h)) for h in (STEP, -STEP))
        if isinstance(high, tuple):
            return tuple((a - b) / (2 * STEP) for a, b in zip(high, low))
        return (high - low) / (2 * STEP)

    return at


def _moved(place: tuple[Array, ...], along: list[Any], step: float) -> list[Array]:
    def still(direction: Any) -> bool:
        return isinstance(direction, (int, float)) and direction == 0

    return [p if still(v) else p + step * v for p, v in zip(place, along)]
