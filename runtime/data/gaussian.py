"""One Gaussian with a mean and a scale that hide nothing: m is not 0, s is not 0 or 1."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fmdsl.runtime.data.data import Batch, Data, DataError, Density, Source


def load(mean: float = 0.5, scale: float = 0.4, dimension: int = 2) -> Data:
    """`N(m, s² I)` with m = `mean` * (1, -1, 1, ...), in `dimension` coordinates."""
    if scale <= 0 or dimension < 1:
        raise DataError(
            f"no Gaussian of scale {scale} in {dimension} dimensions",
            "scale > 0 and dimension >= 1",
        )
    m = mean * torch.tensor([1.0, -1.0]).repeat(dimension)[:dimension]

    def sampler(count: int, generator: torch.Generator) -> Batch:
        return {"points": m + scale * torch.randn(count, dimension, generator=generator)}

    def log_prob(x: Tensor) -> Tensor:
        z = (x - m.to(x)) / scale
        constant = dimension * (math.log(scale) + 0.5 * math.log(2 * math.pi))
        return -0.5 * z.square().sum(-1) - constant

    truth = {"mean": m, "scale": scale}
    return Density("gaussian", sampler, dimension, log_prob=log_prob, truth=truth)


gaussian = Source("gaussian", "a Gaussian of known mean and scale", load)
