"""Mixtures of round Gaussians: exact velocity, score and denoisers in any dimension."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from fmdsl.oracle.law import Law
from fmdsl.oracle.namespace import DTYPE, wide
from fmdsl.oracle.path import Path

#: Unequal in weight, place and width: no symmetry hides a bias.
WEIGHTS = (0.3, 0.7)
CENTRES = ((1.0,), (-1.0,))
SCALES = (0.25, 0.5)


@dataclass(frozen=True, slots=True)
class Mixture(Law):
    """`x ~ sum of w_i N(m_i, s_i² I)`. Its flow has no closed form in several dimensions.

    There it is integrated by the classical Runge-Kutta rule, `steps` equal steps in the
    clock: accurate (about 1e-8 for 64 steps on a straight path), not exact.
    """

    weights: Tensor
    centres: Tensor
    scales: Tensor
    steps: int = 64
    about: ClassVar[str] = "a mixture of Gaussians; its flow is integrated numerically"

    @property
    def dimension(self) -> int:
        return self.centres.shape[1]

    def data(self, count: int, rng: torch.Generator) -> Tensor:
        which = torch.multinomial(self.weights, count, replacement=True, generator=rng)
        noise = torch.randn(count, self.dimension, generator=rng, dtype=DTYPE)
        return self.centres[which] + self.scales[which, None] * noise

    def mean_data(self, z: Tensor, t: Tensor) -> Tensor:
        share, pulled = self._parts(z, t)
        spread = self.scales[:, None] ** 2
        means = self.centres + self.path.alpha(t)[:, None, None] * spread * pulled
        return (share[..., None] * means).sum(1)

    def mean_noise(self, z: Tensor, t: Tensor) -> Tensor:
        share, pulled = self._parts(z, t)
        return wide(self.path.sigma(t), z) * (share[..., None] * pulled).sum(1)

    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        h = (r - t) / self.steps
        for i in range(self.steps):
            z = self._step(z, t + i * h, h)
        return z

    def _step(self, z: Tensor, t: Tensor, h: Tensor) -> Tensor:
        wide_h, middle = wide(h, z), t + 0.5 * h
        a = self.velocity(z, t)
        b = self.velocity(z + 0.5 * wide_h * a, middle)
        c = self.velocity(z + 0.5 * wide_h * b, middle)
        d = self.velocity(z + wide_h * c, t + h)
        return z + wide_h / 6 * (a + 2 * b + 2 * c + d)

    def variance(self, t: Tensor) -> Tensor:
        """S_i², `[B, K]`."""
        return self.path.alpha(t)[:, None] ** 2 * self.scales**2 + self.path.sigma(t)[:, None] ** 2

    def _parts(self, z: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """The share of each component given z, `[B, K]`, and `(z - alpha m_i) / S_i²`."""
        variance = self.variance(t)
        centred = z[:, None] - self.path.alpha(t)[:, None, None] * self.centres
        squares = (centred**2).sum(-1) / variance
        logits = self.weights.log() - 0.5 * squares - 0.5 * self.dimension * variance.log()
        return logits.softmax(1), centred / variance[..., None]


def mixture(
    path: Path, weights: object = WEIGHTS, centres: object = CENTRES, scales: object = SCALES
) -> Mixture:
    """A mixture on a path, with its exact flow in one dimension; one number scales all."""
    from fmdsl.oracle.quantile import QuantileMixture

    w, m, s = (torch.as_tensor(a, dtype=DTYPE) for a in (weights, centres, scales))
    kind = QuantileMixture if m.shape[1] == 1 else Mixture
    return kind(path, w / w.sum(), m, s.expand(len(w)))
