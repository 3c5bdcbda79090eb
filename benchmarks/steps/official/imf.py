"""Improved MeanFlow: the tangent's direction is the second head's velocity."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .draws import between, pair, wide
from .form import Batch, Nets
from .meanflow import adaptive


def recorded(nets: Nets, batch: Batch) -> Tensor:
    """A forward for the direction, then one dual call whose tangent is detached."""
    x, c = batch["pixels"], batch["label"]
    e, (r, t) = torch.randn_like(x), pair(x, 0.5)
    z, h = between(x, e, t), t - r
    with torch.no_grad():
        w = nets["u"](z, torch.zeros_like(t), c)[1]
    with sdpa_kernel(SDPBackend.MATH):
        (u, v), (du, _) = torch.func.jvp(
            lambda z, h: nets["u"](z, h, c), (z, h), (w, torch.ones_like(h))
        )
    average = u + wide(h, x) * du.detach()
    return adaptive(average - (e - x)) + adaptive(v - (e - x))
