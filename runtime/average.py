"""Averages of weights over training, which samples are made with."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from functools import cached_property
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.runtime.shards import load, local


class Average:
    """Exponential moving averages of nets: `average <- decay * average + (1 - decay) * net`.

    Early on the decay is `(1 + n) / (10 + n)` after n updates, so that the start is
    forgotten. With `decay` None the averages are the nets themselves.
    """

    def __init__(self, nets: Mapping[str, nn.Module], decay: float | None) -> None:
        self.decay = decay
        self.live = dict(nets)
        self.updates = 0
        self.nets = self.live if decay is None else {n: _copy(net) for n, net in nets.items()}

    @property
    def copies(self) -> tuple[nn.Module, ...]:
        """The averages that are not the nets themselves."""
        return () if self.decay is None else tuple(self.nets.values())

    @cached_property
    def _weights(self) -> tuple[list[nn.Parameter], list[nn.Parameter]]:
        """The averages' and the nets', as they are at the first update: sharding replaces them."""
        return _parameters(self.nets), _parameters(self.live)

    @torch.no_grad()
    def update(self) -> None:
        """One step of every average towards its net; buffers are copied."""
        if self.decay is None:
            return
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        to, of = map(local, self._weights)
        torch._foreach_lerp_(to, of, 1 - decay)  # pyright: ignore
        for name, net in self.nets.items():
            for mine, its in zip(net.buffers(), self.live[name].buffers(), strict=True):
                mine.copy_(its)

    def state_dict(self) -> dict[str, Any]:
        """Empty where there is no average beside the nets."""
        return {} if self.decay is None else {n: net.state_dict() for n, net in self.nets.items()}

    def load_state_dict(self, state: Mapping[str, Mapping[str, Tensor]], updates: int) -> None:
        self.updates = updates
        for name, weights in state.items():
            load(self.nets[name], weights)


def _parameters(nets: Mapping[str, nn.Module]) -> list[nn.Parameter]:
    return [p for net in nets.values() for p in net.parameters()]


def _copy(net: nn.Module) -> nn.Module:
    return copy.deepcopy(net).requires_grad_(False).eval()
