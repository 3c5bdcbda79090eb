"""A ring of Gaussians in the plane, of unequal weights, with its exact density."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fmdsl.runtime.data.data import Batch, Data, Density, Source


def load(components: int = 8, radius: float = 1.5, scale: float = 0.15) -> Data:
    """Component k sits at angle 2πk/n with weight proportional to 1 + k/n; labels are k."""
    angle = 2 * math.pi * torch.arange(components) / components
    centres = radius * torch.stack([angle.cos(), angle.sin()], dim=1)
    weights = 1 + torch.arange(components) / components
    weights = weights / weights.sum()

    def sampler(count: int, generator: torch.Generator) -> Batch:
        label = torch.multinomial(weights, count, replacement=True, generator=generator)
        noise = torch.randn(count, 2, generator=generator)
        return {"points": centres[label] + scale * noise, "label": label}

    def log_prob(x: Tensor) -> Tensor:
        squares = (x[:, None] - centres.to(x)).square().sum(-1) / scale**2
        constant = 2 * math.log(scale) + math.log(2 * math.pi)
        return (weights.to(x).log() - 0.5 * squares - constant).logsumexp(-1)

    truth = {"centres": centres, "weights": weights, "scale": scale}
    return Density("mixture", sampler, 2, components, log_prob, truth)


mixture = Source("mixture", "a ring of Gaussians in the plane, labelled by component", load)
