"""The energy distance, which is zero only between equal laws."""

from __future__ import annotations

import torch
from torch import Tensor

from fmdsl.runtime.metrics.metric import Context, Metric, flat

MOST = 4000


def energy_distance(samples: Tensor, real: Tensor) -> float:
    """`2 E|x - y| - E|x - x'| - E|y - y'|` over distinct pairs (Székely and Rizzo, 2013).

    Unbiased: between two samples of one law it is zero on average, and may be negative.
    """
    a, b = flat(samples)[:MOST], flat(real)[:MOST]
    across = torch.cdist(a, b).mean()
    return float(2 * across - _within(a) - _within(b))


def _within(x: Tensor) -> Tensor:
    return torch.cdist(x, x).sum() / (len(x) * (len(x) - 1))


def _measure(samples: Tensor, real: Tensor, context: Context) -> dict[str, float]:
    return {"energy": energy_distance(samples, real)}


energy = Metric("energy", "energy distance", _measure)
