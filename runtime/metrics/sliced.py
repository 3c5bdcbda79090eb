"""Sliced Wasserstein-2: the mean over directions of the distance on a line (POT)."""

from __future__ import annotations

from typing import Any

import ot
from torch import Tensor

from fmdsl.runtime.metrics.metric import Context, Metric, flat


def sliced_w2(samples: Tensor, real: Tensor, directions: int = 512, seed: int = 0) -> float:
    """`(E over unit θ of W2²(θ·x, θ·y))^(1/2)`, over directions that `seed` fixes."""
    distance: Any = ot.sliced_wasserstein_distance
    a, b = flat(samples).numpy(), flat(real).numpy()
    return float(distance(a, b, n_projections=directions, seed=seed))


def _measure(samples: Tensor, real: Tensor, context: Context) -> dict[str, float]:
    return {"sliced_w2": sliced_w2(samples, real, seed=context.seed)}


sliced = Metric("sliced_w2", "sliced Wasserstein-2 distance", _measure)
