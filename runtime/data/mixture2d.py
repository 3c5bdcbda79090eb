"""The ring of Gaussians without its labels: one law in the plane, known in closed form."""

from __future__ import annotations

import torch

from fmdsl.runtime.data.data import Batch, Data, Density, Source
from fmdsl.runtime.data.mixture import load as labelled


def load(components: int = 8, radius: float = 1.5, scale: float = 0.15) -> Data:
    """As `mixture`, but a net is not told the component: its truth is that of the whole law."""
    ring = labelled(components, radius, scale)
    assert isinstance(ring, Density)

    def sampler(count: int, generator: torch.Generator) -> Batch:
        return {"points": ring.draw(count, generator)["points"]}

    return Density("mixture2d", sampler, 2, log_prob=ring.log_prob, truth=ring.truth)


mixture2d = Source("mixture2d", "a ring of Gaussians in the plane, without labels", load)
