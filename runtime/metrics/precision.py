"""Precision and recall by nearest neighbours, over the features of a classifier."""

from __future__ import annotations

import torch
from torch import Tensor

from fmdsl.runtime.metrics.classifier import features
from fmdsl.runtime.metrics.metric import Context, Metric, flat

MOST = 4000


def precision_recall(samples: Tensor, real: Tensor, k: int = 3) -> tuple[float, float]:
    """The share of samples within the real manifold, and of real points within the samples'.

    A cloud's manifold is the union of the balls that reach each point's k-th neighbour
    (Kynkäänniemi et al., arXiv:1904.06991, eq. 1). Larger is better; both lie in [0, 1].
    """
    a, b = flat(samples)[:MOST], flat(real)[:MOST]
    return _covered(a, b, k), _covered(b, a, k)


def _covered(points: Tensor, cloud: Tensor, k: int) -> float:
    radii = torch.cdist(cloud, cloud).kthvalue(min(k + 1, len(cloud)), dim=1).values
    inside = torch.cdist(points, cloud) <= radii
    return float(inside.any(dim=1).double().mean())


def _measure(samples: Tensor, real: Tensor, context: Context) -> dict[str, float]:
    p, r = precision_recall(features(samples, context), features(real, context))
    return {"precision": p, "recall": r}


precision = Metric(
    "precision",
    "precision and recall over a classifier's features (larger is better)",
    _measure,
    lambda data: data.is_image and data.classes is not None,
)
