"""A net and its derivative as one ATen graph, traced once, folded, split from its tape."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._guards import TracingContext, tracing
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.fx import Graph, GraphModule, Node
from torch.fx.experimental.proxy_tensor import make_fx

from fmdsl.lowering.attention.sums import keep_sums
from fmdsl.lowering.derivatives.tape import forward_mode
from fmdsl.lowering.derivatives.weights import State
from fmdsl.lowering.liveness import needed
from fmdsl.lowering.zerofold import fold


@dataclass(frozen=True, slots=True)
class Trace:
    """A traced dual: `run(*weights, *tensors of the place, *tangents)`, all of them flat.

    It gives the outputs, then their tangents. outputs: how many tensors the net gives;
    single: it gives one that is no tuple.
    """

    run: GraphModule
    outputs: int
    single: bool


def trace(
    net: nn.Module,
    state: State,
    primals: Sequence[Any],
    tangents: Sequence[Tensor | None],
    *,
    record: bool,
    primal: bool,
    folded: bool = True,
) -> Trace:
    """Trace under the grad mode that is on: the tangents' formulas depend on it.

    record: the tangents keep their tape. primal: the value is an output too.
    folded: structural zeros are folded; off for measurement only.
    """
    found = dual_graph(net, state, primals, tangents, record=record, primal=primal, folded=folded)
    if primal and torch.is_grad_enabled() and not record:
        untape(found)
    return found


def dual_graph(
    net: nn.Module,
    state: State,
    primals: Sequence[Any],
    tangents: Sequence[Tensor | None],
    *,
    record: bool,
    primal: bool,
    folded: bool = True,
) -> Trace:
    """As `trace`, the tape on for tangents too: what is needed for the value is not told apart."""
    places = tuple(i for i, tangent in enumerate(tangents) if tangent is not None)
    split = primal and torch.is_grad_enabled() and not record
    real = tuple(i for i, value in enumerate(primals) if isinstance(value, Tensor))
    shapes: list[Any] = []

    def dual(*flat: Tensor) -> list[Tensor]:
        weights = dict(zip(state, flat))
        given = list(primals)
        for place, value in zip(real, flat[len(state) :]):
            given[place] = value
        along = flat[len(state) + len(real) :]

        def held(*moved: Tensor) -> Any:
            arguments = list(given)
            for place, value in zip(places, moved):
                arguments[place] = value
            return torch.func.functional_call(net, weights, tuple(arguments))

        with forward_mode(record, apart=split):
            out, dout = torch.func.jvp(  # pyright: ignore[reportAssignmentType]
                held, tuple(given[i] for i in places), along
            )
        shapes.append(out)
        return [*(_flat(out) if primal else ()), *_flat(dout)]

    inputs = _examples(flat(state, primals, tangents))
    with aside(primals):
        run = make_fx(dual)(*inputs)
    if split:
        keep_sums(run.graph)
    if folded:
        fold(run.graph)
    run.recompile()
    return Trace(run, len(_flat(shapes[0])), isinstance(shapes[0], Tensor))


def flat(state: State, primals: Sequence[Any], tangents: Sequence[Any]) -> tuple[Tensor, ...]:
    """What a trace is run on, in its order."""
    place = (p for p in primals if isinstance(p, Tensor))
    return (*state.values(), *place, *(v for v in tangents if v is not None))


def _flat(value: Any) -> tuple[Tensor, ...]:
    return (value,) if isinstance(value, Tensor) else tuple(value)


def _examples(values: Sequence[Tensor]) -> list[Tensor]:
    """Stand-ins for the inputs: no views, no tape, no memory shared with the real ones."""
    return [v.detach().clone().requires_grad_(v.requires_grad) for v in values]


@contextlib.contextmanager
def aside(primals: Sequence[Any]) -> Any:
    """Tracing leaves no mark: not on the random state, not in autocast's cache of weights."""
    cached = torch.is_autocast_cache_enabled()
    devices = sorted({p.device.index or 0 for p in primals if isinstance(p, Tensor) and p.is_cuda})
    torch.set_autocast_cache_enabled(False)
    # One fake mode for all the nodes' shapes; make_fx would build one for each.
    shapes = TracingContext(FakeTensorMode(allow_fallback_kernels=True))
    try:
        with torch.random.fork_rng(devices=devices), tracing(shapes):
            yield
    finally:
        torch.set_autocast_cache_enabled(cached)


def untape(found: Trace) -> None:
    """Switch the tape off around what only the tangents need, in the graph's own order."""
    graph = found.run.graph
    taped = needed(graph, outputs_of(graph)[: found.outputs])
    on = True
    for node in list(graph.nodes):
        if node.op in ("placeholder", "get_attr"):
            continue
        want = node in taped or node.op == "output"
        if want != on:
            with graph.inserting_before(node):
                graph.call_function(_set_tape, (want,))
            on = want
    found.run.recompile()


def outputs_of(graph: Graph) -> Sequence[Node]:
    """The nodes of what comes out: the value's first, then its tangent's."""
    return graph.output_node().args[0]  # pyright: ignore


_set_tape: Callable[[bool], None] = torch._C._set_grad_enabled  # pyright: ignore
