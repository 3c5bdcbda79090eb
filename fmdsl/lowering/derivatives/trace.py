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


@dataclass(frozen=True, slots=True)
class Dual:
    """What is traced: a net with its weights, at a place, and along tangents.

    record: the tangents keep their tape. primal: the value is an output too.
    folded: structural zeros are folded; off for measurement only.
    """

    net: nn.Module
    state: State
    primals: Sequence[Any]
    tangents: Sequence[Tensor | None]
    record: bool
    primal: bool = True
    folded: bool = True

    @property
    def split(self) -> bool:
        """Whether the value has a tape that its tangents have not, under the mode that is on."""
        return self.primal and torch.is_grad_enabled() and not self.record

    @property
    def flat(self) -> tuple[Tensor, ...]:
        """What its trace is run on."""
        return flat(self.state, self.primals, self.tangents)

    def __call__(self, *flat: Tensor) -> tuple[Any, Any]:
        """The outputs and their tangents."""
        real = [i for i, value in enumerate(self.primals) if isinstance(value, Tensor)]
        moved = [i for i, tangent in enumerate(self.tangents) if tangent is not None]
        weights, rest = dict(zip(self.state, flat)), flat[len(self.state) :]
        given = _put(self.primals, real, rest)

        def held(*values: Tensor) -> Any:
            return torch.func.functional_call(self.net, weights, _put(given, moved, values))

        with forward_mode(self.record, apart=self.split):
            return torch.func.jvp(  # pyright: ignore[reportReturnType]
                held, tuple(given[i] for i in moved), rest[len(real) :]
            )


def _put(among: Sequence[Any], places: Sequence[int], values: Sequence[Any]) -> tuple[Any, ...]:
    """The same with these values in these places."""
    found = list(among)
    for place, value in zip(places, values):
        found[place] = value
    return tuple(found)


def trace(dual: Dual) -> Trace:
    """Trace under the grad mode that is on: the tangents' formulas depend on it."""
    found = dual_graph(dual)
    if dual.split:
        untape(found)
    return found


def dual_graph(dual: Dual) -> Trace:
    """As `trace`, the tape on for tangents too: what is needed for the value is not told apart."""
    shapes: list[Any] = []

    def outputs(*flat: Tensor) -> list[Tensor]:
        out, dout = dual(*flat)
        shapes.append(out)
        return [*(_flat(out) if dual.primal else ()), *_flat(dout)]

    inputs = _examples(dual.flat)
    with aside(dual.primals):
        run = make_fx(outputs)(*inputs)
    if dual.split:
        keep_sums(run.graph)
    if dual.folded:
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
