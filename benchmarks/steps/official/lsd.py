"""Lagrangian self-distillation: the net's own diagonal is the velocity at the mapped point."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .draws import between, uniform, wide
from .form import Batch, Nets


def recorded(nets: Nets, batch: Batch) -> Tensor:
    """A dual call by the target time, differentiated again; both terms on every row."""
    x, c = batch["pixels"], batch["label"]
    e, a, b, s = torch.randn_like(x), uniform(x), uniform(x), uniform(x)
    r, t = torch.minimum(a, b), torch.maximum(a, b)
    z, gap = between(x, e, t), wide(t - r, x)
    with sdpa_kernel(SDPBackend.MATH):
        u, du = torch.func.jvp(lambda r: nets["u"](z, r, t, c), (r,), (torch.ones_like(r),))
    with torch.no_grad():
        target = nets["u"](z - gap * u, r, r, c)
    lagrangian = (u - gap * du - target).square().flatten(1).sum(1)
    diagonal = (nets["u"](between(x, e, s), s, s, c) - (e - x)).square().flatten(1).sum(1)
    return (0.25 * lagrangian + 0.75 * diagonal).mean()
