"""What the official forms draw, in plain torch."""

from __future__ import annotations

import torch
from torch import Tensor


def wide(t: Tensor, like: Tensor) -> Tensor:
    """`[B]`, shaped to meet a point."""
    return t.reshape(-1, *[1] * (like.ndim - 1))


def logit_normal(x: Tensor, mean: float = -0.4, deviation: float = 1.0) -> Tensor:
    """A clock for each example of `x`."""
    return torch.sigmoid(mean + deviation * torch.randn(len(x), device=x.device))


def uniform(x: Tensor) -> Tensor:
    """A clock for each example of `x`."""
    return torch.rand(len(x), device=x.device)


def pair(x: Tensor, equal: float) -> tuple[Tensor, Tensor]:
    """Clocks r <= t, equal by a random mask."""
    a, b = logit_normal(x), logit_normal(x)
    r, t = torch.minimum(a, b), torch.maximum(a, b)
    return torch.where(uniform(x) < equal, t, r), t


def between(x: Tensor, e: Tensor, t: Tensor) -> Tensor:
    """`(1 - t) x + t e`."""
    return (1 - wide(t, x)) * x + wide(t, x) * e
