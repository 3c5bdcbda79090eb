"""sCM as FastGen writes it: a dual call without a tape, then a forward."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .draws import wide
from .form import Batch, Nets


def apart(nets: Nets, batch: Batch) -> Tensor:
    """Consistency training in TrigFlow with the normalised tangent and a learned weight."""
    x, c, d = batch["pixels"], batch["label"], 0.5
    e = torch.randn_like(x)
    t = torch.atan(torch.exp(-1.0 + 1.4 * torch.randn(len(x), device=x.device)) / d)
    cos, sin = wide(torch.cos(t), x), wide(torch.sin(t), x)
    z, dz = cos * x + sin * d * e, cos * d * e - sin * x
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
        out, dout = torch.func.jvp(
            lambda y, t: nets["F"](y, t, c),
            (z / d, t),
            (cos * sin * dz / d, torch.cos(t) * torch.sin(t)),
        )
        g = -(cos**2) * (d * out - dz) - (cos * sin * z + d * dout)
        unit = g / (torch.linalg.vector_norm(g, dim=(1, 2), keepdim=True) + 0.1)
    F = nets["F"](z / d, t, c)
    error = (F - F.detach() - unit).square().flatten(1).mean(1)
    weight = nets["w"](t)
    return (torch.exp(weight) * error - weight).mean()
