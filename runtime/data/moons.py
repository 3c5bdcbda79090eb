"""Two interleaved half circles with Gaussian noise."""

from __future__ import annotations

import math

import torch

from fmdsl.runtime.data.data import Batch, Data, Density, Source


def load(noise: float = 0.07) -> Data:
    """Points `[2]`, roughly centred, of about unit scale; the label says which moon."""

    def sampler(count: int, generator: torch.Generator) -> Batch:
        label = torch.randint(2, (count,), generator=generator)
        angle = math.pi * torch.rand(count, generator=generator)
        sign = 1.0 - 2.0 * label
        points = torch.stack(
            [sign * angle.cos() + label - 0.5, sign * angle.sin() + 0.5 * label - 0.25], dim=1
        )
        jitter = noise * torch.randn(count, 2, generator=generator)
        return {"points": points + jitter, "label": label}

    return Density("moons", sampler, 2, 2)


moons = Source("moons", "two interleaved half circles, labelled by moon", load)
