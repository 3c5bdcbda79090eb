"""What conditions a network: times, labels and scalars, embedded and summed."""

from __future__ import annotations

import math

import torch
from torch import Tensor, nn

from fmdsl.runtime.backbones.backbone import NUMBERS, Signature


class Sinusoids(nn.Module):
    """`[B] -> [B, features]`: sines and cosines of moderate frequency.

    Frequencies run geometrically from 1 to `scale` radians per unit of time. A flow map's
    target holds a derivative in t, whose size grows with the largest frequency: the
    thousands that are usual in diffusion would drown it (sCM, arXiv:2410.11081, §4.1).
    """

    frequencies: Tensor

    def __init__(self, features: int, scale: float) -> None:
        super().__init__()
        powers = torch.linspace(0.0, 1.0, features // 2, dtype=torch.float64)
        self.register_buffer("frequencies", (scale**powers).float(), persistent=False)

    def forward(self, number: Tensor) -> Tensor:
        angle = number[:, None] * self.frequencies
        return torch.cat([angle.sin(), angle.cos()], dim=1)


class NumberEmbedding(nn.Sequential):
    """`[B] -> [B, width]`: sinusoids and two linear maps."""

    def __init__(self, width: int, scale: float, features: int = 64) -> None:
        hidden = nn.Linear(features, width)
        super().__init__(Sinusoids(features, scale), hidden, nn.SiLU(), nn.Linear(width, width))


class LabelEmbedding(nn.Embedding):
    """`[B] int64 -> [B, width]`, with one row more than classes: the null label."""

    def __init__(self, classes: int, width: int) -> None:
        super().__init__(classes + 1, width)
        nn.init.normal_(self.weight, std=1 / math.sqrt(width))


class Conditioning(nn.Module):
    """The sum of the embeddings of everything in a signature that is not a state.

    Each argument has an embedding of its own: r and t of `(z, r, t)` are told apart.
    `time_scale` is the largest angular frequency of a time in [0, 1]; other scalars
    (a guidance scale, say) get frequencies up to 1.
    """

    def __init__(self, signature: Signature, width: int, time_scale: float) -> None:
        super().__init__()
        self.at = tuple(i for i, k in enumerate(signature.inputs) if k in NUMBERS | {"label"})
        self.bias = nn.Parameter(torch.zeros(width))
        self.parts = nn.ModuleList()
        for i in self.at:
            self.parts.append(_embedding(signature.inputs[i], signature, width, time_scale))

    def forward(self, inputs: tuple[Tensor, ...], batch: int) -> Tensor:
        total = self.bias.expand(batch, -1)
        for i, part in zip(self.at, self.parts, strict=True):
            total = total + part(inputs[i])
        return nn.functional.silu(total)


def _embedding(kind: str, signature: Signature, width: int, time_scale: float) -> nn.Module:
    if kind == "label":
        assert signature.classes is not None
        return LabelEmbedding(signature.classes, width)
    return NumberEmbedding(width, time_scale if kind == "time" else 1.0)


def zero(layer: nn.Linear | nn.Conv2d) -> nn.Linear | nn.Conv2d:
    """The layer with weights and bias at zero, so that what it feeds starts as identity."""
    nn.init.zeros_(layer.weight)
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return layer
