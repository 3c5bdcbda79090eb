"""Fréchet distance over the features of a classifier of the same data."""

from __future__ import annotations

import torch
from torch import Tensor

from fmdsl.runtime.metrics.classifier import features
from fmdsl.runtime.metrics.metric import Context, Metric, flat


def frechet_distance(a: Tensor, b: Tensor) -> float:
    """`|μa - μb|² + tr(Σa + Σb - 2 (Σa^½ Σb Σa^½)^½)` of two clouds `[N, D]`.

    The squared Wasserstein-2 distance of the Gaussians that fit them
    (Dowson and Landau, 1982); FID is this over Inception features (arXiv:1706.08500).
    """
    a, b = flat(a), flat(b)
    return gaussian_w2_squared(a.mean(0), torch.cov(a.T), b.mean(0), torch.cov(b.T))


def gaussian_w2_squared(m1: Tensor, cov1: Tensor, m2: Tensor, cov2: Tensor) -> float:
    """The closed form of W2² between N(m1, cov1) and N(m2, cov2)."""
    root = _root(torch.atleast_2d(cov1))
    cross = _root(root @ torch.atleast_2d(cov2) @ root)
    trace = torch.atleast_2d(cov1).trace() + torch.atleast_2d(cov2).trace() - 2 * cross.trace()
    return float((m1 - m2).square().sum() + trace)


def _root(covariance: Tensor) -> Tensor:
    values, vectors = torch.linalg.eigh((covariance + covariance.T) / 2)
    return (vectors * values.clamp_min(0).sqrt()) @ vectors.T


def _measure(samples: Tensor, real: Tensor, context: Context) -> dict[str, float]:
    a, b = features(samples, context), features(real, context)
    return {"frechet": frechet_distance(a, b)}


frechet = Metric(
    "frechet",
    "Fréchet distance over the features of a classifier trained on the same data",
    _measure,
    lambda data: data.is_image and data.classes is not None,
)
