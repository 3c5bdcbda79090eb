"""MeanFlow as its PyTorch code and as FastGen write it: no row skips the derivative."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .draws import between, pair, wide
from .form import Batch, Nets


def recorded(nets: Nets, batch: Batch) -> Tensor:
    """py-meanflow: one dual call under the tape, whose tangent is then detached."""
    x, c = batch["pixels"], batch["label"]
    e, (r, t) = torch.randn_like(x), pair(x, 0.75)
    z, v = between(x, e, t), e - x
    with sdpa_kernel(SDPBackend.MATH):
        u, du = torch.func.jvp(
            lambda z, r, t: nets["u"](z, r, t, c),
            (z, r, t),
            (v, torch.zeros_like(r), torch.ones_like(t)),
        )
    return adaptive(u - (v - wide(t - r, x) * du).detach())


def apart(nets: Nets, batch: Batch) -> Tensor:
    """FastGen: a dual call without a tape, then a forward."""
    x, c = batch["pixels"], batch["label"]
    e, (r, t) = torch.randn_like(x), pair(x, 0.75)
    z, v = between(x, e, t), e - x
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        _, du = torch.func.jvp(
            lambda z, r, t: nets["u"](z, r, t, c),
            (z, r, t),
            (v, torch.zeros_like(r), torch.ones_like(t)),
        )
    return adaptive(nets["u"](z, r, t, c) - (v - wide(t - r, x) * du))


def adaptive(difference: Tensor) -> Tensor:
    """The squared error over itself, detached: weight p = 1."""
    error = difference.square().flatten(1).sum(1)
    return (error / (error.detach() + 0.01)).mean()
