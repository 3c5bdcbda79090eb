"""Calls of nets in a program: trained, passed through, or off the tape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, final

import torch
from torch import Tensor, nn

from fmdsl.graph.node import Node
from fmdsl.lowering.bank import Bank, inner
from fmdsl.lowering.derivatives.derivative import Derivative
from fmdsl.lowering.derivatives.exact import Exact


def through(net: nn.Module, place: Sequence[Any]) -> Any:
    """The net at a place, gradient passing to the place and not to the weights."""
    held = {name: p.detach() for name, p in net.named_parameters()}
    return torch.func.functional_call(net, held, tuple(place))


@final
class Call(nn.Module):
    """One call of a net; holds no weights, it looks its module up in the bank."""

    def __init__(self, bank: Bank, node: Node) -> None:
        super().__init__()
        self.bank = bank
        self.net, self.copy, self.mode = node["net"], node["copy"], node["mode"]
        self.layers: tuple[str, ...] = node.get("layers", ())

    def forward(self, *place: Any) -> Any:
        module = self.bank.module(self.net, self.copy)
        if not self.layers:
            return self._called(module, place)
        return tapped(module, self.layers, lambda: self._called(module, place))

    def _called(self, module: nn.Module, place: tuple[Any, ...]) -> Any:
        if self.mode == "off":
            with torch.no_grad():
                return module(*place)
        return module(*place) if self.mode == "train" else through(module, place)


@final
class Jvp(nn.Module):
    """One derivative of a net, by a strategy: `(value or None, derivative)`."""

    def __init__(self, bank: Bank, node: Node, strategy: Derivative) -> None:
        super().__init__()
        self.bank, self.strategy = bank, strategy
        self.net, self.copy, self.mode = node["net"], node["copy"], node["mode"]
        self.order, self.arity = node["order"], node.arity
        self.record, self.primal = node["record"], node["primal"]

    def forward(self, *given: Any) -> Any:
        n = self.arity
        place, along = given[:n], [given[i : i + n] for i in range(n, len(given), n)]
        module = self.bank.module(self.net, self.copy)
        if self.mode == "off":
            with torch.no_grad():
                return self._derived(module, place, along)
        if self.mode == "train":
            return self._derived(module, place, along)
        return self._derived(lambda *at: through(module, at), place, along)

    def _derived(self, net: Any, place: Sequence[Any], along: list[Any]) -> Any:
        if self.order == 1:
            return self.strategy(net, place, along[0], record=self.record, primal=self.primal)
        function = net
        for direction in along[:-1]:
            function = slope(function, direction)
        _, dout = Exact()(function, place, along[-1], record=self.record, primal=False)
        return (net(*place) if self.primal else None), dout


def slope(net: Callable[..., Any], along: Sequence[Any]) -> Callable[..., Any]:
    """The derivative of a net along a direction, as a function of the place."""

    def at(*place: Any) -> Any:
        return Exact()(net, place, along, record=True, primal=False)[1]

    return at


def tapped(module: nn.Module, layers: Sequence[str], call: Callable[[], Any]) -> tuple[Any, ...]:
    """What a call gives, then what each of these layers gave in it."""
    seen: dict[str, Tensor] = {}

    def keep(name: str) -> Callable[..., None]:
        def hook(_module: nn.Module, _given: Any, out: Any) -> None:
            seen[name] = out[0] if isinstance(out, tuple) else out

        return hook

    hooks = [place_of(module, name).register_forward_hook(keep(name)) for name in layers]
    try:
        out = call()
    finally:
        for hook in hooks:
            hook.remove()
    return (out, *(seen[name] for name in layers))


def place_of(module: nn.Module, layer: str) -> nn.Module:
    """The submodule of a layer: by the net's own names for them, else by its path."""
    net = inner(module)
    named = getattr(net, "layer", None)
    path = named(layer) if callable(named) else layer
    return path if isinstance(path, nn.Module) else net.get_submodule(str(path))
