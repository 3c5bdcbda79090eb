"""Normalisation in plain operations, whose every derivative is right and compiles.

torch's `layer_norm` gives a wrong gradient, without a word, when a loss goes backward through
its forward-mode derivative (torch 2.13: the saved mean and deviation are taken for constants).
Its `group_norm` is right, but `torch.compile` cannot trace its forward mode.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn


def standardised(x: Tensor, eps: float = 1e-5) -> Tensor:
    """`(x - mean) / sqrt(variance + eps)` over the last axis."""
    centred = x - x.mean(-1, keepdim=True)
    return centred * (centred.square().mean(-1, keepdim=True) + eps).rsqrt()


class LayerNorm(nn.Module):
    """Every `[..., width]` standardised, then scaled and shifted if `affine`."""

    def __init__(self, width: int, *, affine: bool = False) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width)) if affine else None
        self.bias = nn.Parameter(torch.zeros(width)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        y = standardised(x)
        if self.weight is None or self.bias is None:
            return y
        return torch.addcmul(self.bias, y, self.weight)


class GroupNorm(nn.Module):
    """`[B, C, H, W]` standardised over each of up to eight groups of channels."""

    def __init__(self, channels: int, *, affine: bool = True) -> None:
        super().__init__()
        self.groups = next(g for g in (8, 4, 2, 1) if channels % g == 0)
        self.weight = nn.Parameter(torch.ones(channels, 1, 1)) if affine else None
        self.bias = nn.Parameter(torch.zeros(channels, 1, 1)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        y = standardised(x.reshape(len(x), self.groups, -1)).reshape(x.shape)
        if self.weight is None or self.bias is None:
            return y
        return torch.addcmul(self.bias, y, self.weight)
