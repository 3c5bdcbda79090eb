"""The networks of a program: the trained and given ones, and their moving averages."""

from __future__ import annotations

import contextlib
import copy as copying
from collections.abc import Generator, Mapping

import torch
from torch import Tensor, nn

from fmdsl.graph.node import Graph
from fmdsl.lowering.adapter import Adapter

LIVE = "live"


class Bank:
    """Where the calls of a program find their modules, by weight set and copy.

    Calls look a module up each time they run: what is registered is what is called.
    """

    def __init__(self, nets: nn.ModuleDict, copies: nn.ModuleDict) -> None:
        self.nets = nets
        self.copies = copies
        #: What its calls need to know: it goes through `torch.compile`, it only rehearses;
        #: and the steps of finite differences, by net.
        self.compiled = self.rehearsing = False
        self.steps: dict[str, float] = {}
        self._instead: Mapping[str, nn.Module] = {}

    def module(self, net: str, copy: str) -> nn.Module:
        """The module of a weight set's copy."""
        if net in self._instead:
            return self._instead[net]
        return self.nets[net] if copy == LIVE else self.copies[key(net, copy)]

    @contextlib.contextmanager
    def instead(self, nets: Mapping[str, nn.Module]) -> Generator[None]:
        """While entered, these modules answer for their nets, whatever copy is asked for."""
        before, self._instead = self._instead, nets
        try:
            yield
        finally:
            self._instead = before


def key(net: str, copy: str) -> str:
    """A copy's name as a module's: `F ema(0.99)` without the dot."""
    return f"{net} {copy}".replace(".", "_")


def copies_of(
    nets: Mapping[str, nn.Module], graphs: tuple[Graph, ...]
) -> dict[tuple[str, str], nn.Module]:
    """A still copy of each net whose moving average the graphs call."""
    called = {(n["net"], n["copy"]) for g in graphs for n in g.nodes if n.op in ("call", "jvp")}
    averaged = sorted((net, copy) for net, copy in called if copy != LIVE)
    return {(net, copy): still(copying.deepcopy(nets[net])) for net, copy in averaged}


def still(module: nn.Module) -> nn.Module:
    """The module as one that is not trained."""
    return module.eval().requires_grad_(False)


@torch.no_grad()
def follow(copy: nn.Module, net: nn.Module, decay: float) -> None:
    """`copy <- decay * copy + (1 - decay) * net`; what is not a real number is copied."""
    mine, theirs = _averaged(copy), _averaged(net)
    if mine:
        torch._foreach_lerp_(mine, theirs, 1 - decay)  # pyright: ignore
    for old, new in zip(copy.buffers(), net.buffers()):
        old.copy_(new)


def _averaged(module: nn.Module) -> list[Tensor]:
    return [p.detach() for p in module.parameters()]


def inner(module: nn.Module) -> nn.Module:
    """The network itself, behind an adapter."""
    return module.module if isinstance(module, Adapter) else module
