"""A net whose weights are held, while gradient passes to its arguments."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import nn

from fmdsl.lowering.derivatives.derivative import sharded


def through(net: nn.Module, place: Sequence[Any]) -> Any:
    """The net at a place, gradient passing to the place and not to the weights."""
    if sharded(net):
        with _held(net):
            return net(*place)
    held = {name: p.detach() for name, p in net.named_parameters()}
    return torch.func.functional_call(net, held, tuple(place))


@contextlib.contextmanager
def _held(net: nn.Module) -> Generator[None]:
    """No weight of the net takes gradient from what is called meanwhile.

    Sharded weights are gathered as each block is called, under the same names: putting others
    in their place before the call would be undone, and gradient left in the net.
    """
    still: list[nn.Parameter] = []

    def hold(module: nn.Module, _given: Any) -> None:
        for p in module.parameters(recurse=False):
            if type(p).__name__ != "DTensor" and p.requires_grad:
                p.requires_grad_(False)
                still.append(p)

    hooks = [module.register_forward_pre_hook(hold) for module in net.modules()]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
        for p in still:
            p.requires_grad_(True)
