"""Flow matching, as everyone writes it."""

from __future__ import annotations

import torch

from .draws import between, uniform
from .form import Batch, Nets


def plain(nets: Nets, batch: Batch) -> torch.Tensor:
    """`|v(z, t) - (e - x)|^2`, a mean over everything."""
    x, c = batch["pixels"], batch["label"]
    e, t = torch.randn_like(x), uniform(x)
    return (nets["v"](between(x, e, t), t, c) - (e - x)).square().mean()
