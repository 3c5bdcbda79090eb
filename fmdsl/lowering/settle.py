"""A group's module for one kind of call, each of its derivatives settled as a graph.

What a compiler then reads is plain operators: no dual numbers, no zero tangents, no modes.
"""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any, final

import torch
from torch import fx, nn

from fmdsl.lowering.calls import Jvp
from fmdsl.lowering.derivatives.trace import Trace
from fmdsl.lowering.derivatives.traced import Traced, run
from fmdsl.lowering.derivatives.weights import state_of, walked


@final
class Settled(nn.Module):
    """A derivative by its graph, with the weights that the net has now."""

    def __init__(self, jvp: Jvp, found: Trace) -> None:
        super().__init__()
        self.bank, self.net, self.copy = jvp.bank, jvp.net, jvp.copy
        self.arity, self.record, self.primal = jvp.arity, jvp.record, jvp.primal
        self.off, self.found = jvp.mode == "off", found

    def forward(self, *given: Any) -> Any:
        place, along = given[: self.arity], given[self.arity :]
        module = self.bank.module(self.net, self.copy)
        with torch.no_grad() if self.off else contextlib.nullcontext():
            state = walked(module)
            return run(self.found, state, place, along, record=self.record, primal=self.primal)


class Settling(fx.Interpreter):
    """Runs a group's module once, and keeps the graph of each derivative that has one."""

    def __init__(self, module: fx.GraphModule) -> None:
        super().__init__(module)
        self.found: dict[str, Settled] = {}

    def run_node(self, n: fx.Node) -> Any:
        jvp = self.fetch_attr(str(n.target)) if n.op == "call_module" else None
        if isinstance(jvp, Jvp) and jvp.order == 1 and jvp.mode != "through":
            self._settle(n, jvp)
        return super().run_node(n)

    def _settle(self, n: fx.Node, jvp: Jvp) -> None:
        given, _ = self.fetch_args_kwargs_from_env(n)
        place, along = given[: jvp.arity], given[jvp.arity :]
        net = jvp.bank.module(jvp.net, jvp.copy)
        taped = torch.is_grad_enabled() and jvp.mode != "off"
        with torch.set_grad_enabled(taped):
            strategy = jvp.strategy(net, place, along)
            if isinstance(strategy, Traced):
                found = strategy.traced(net, place, along, jvp.record, jvp.primal, state_of(net))
                if found is not None:
                    self.found[n.name] = Settled(jvp, found)

    @property
    def settled(self) -> fx.GraphModule:
        """The module that was run, with those graphs in place of its derivatives."""
        return _with(self.module, self.found)  # pyright: ignore[reportArgumentType]


def _with(module: fx.GraphModule, found: Mapping[str, Settled]) -> fx.GraphModule:
    root, graph = nn.Module(), fx.Graph()
    for name, part in (*module.named_children(), *found.items()):
        root.add_module(name, part)
    graph.output(graph.graph_copy(module.graph, {}))
    for node in graph.nodes:
        if node.name in found:
            node.target = node.name
    return fx.GraphModule(root, graph)
