"""One Gaussian in n dimensions: every exact object in closed form."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor

from fmdsl.oracle.law import Given, Law
from fmdsl.oracle.namespace import DTYPE, wide
from fmdsl.oracle.path import Path

#: A mean and a covariance that hide nothing: no zero, no one, no diagonal.
MEAN = (0.5, -0.3)
COVARIANCE = ((0.16, 0.07), (0.07, 0.30))


@final
@dataclass(frozen=True, slots=True)
class Gaussian(Law):
    """`x ~ N(m, C)`. On a path, `S² = alpha² C + sigma²` and `k = S⁻² (z - alpha m)`:

    E[x given z] = m + alpha C k,  E[e given z] = sigma k,
    flow = alpha(r) m + S(r) S(t)⁻¹ (z - alpha(t) m).
    """

    mean: Tensor
    covariance: Tensor
    #: Variances along the axes of the covariance, and the axes as columns.
    spread: Tensor
    axes: Tensor
    about: ClassVar[str] = "a Gaussian; given the state, everything random is symmetric"

    @property
    def dimension(self) -> int:
        return self.mean.shape[0]

    def data(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        noise = torch.randn(count, self.dimension, generator=rng, dtype=DTYPE)
        x = self.mean + noise @ torch.linalg.cholesky(self.covariance).mT
        return x, torch.zeros(count, dtype=torch.int64)

    def mean_data(self, z: Tensor, t: Tensor) -> Tensor:
        pulled = self._pulled(z, t)
        return self.mean + wide(self.path.alpha(t), z) * pulled @ self.covariance

    def mean_noise(self, z: Tensor, t: Tensor) -> Tensor:
        return wide(self.path.sigma(t), z) * self._pulled(z, t)

    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        stretch = (self._variance(r) / self._variance(t)).sqrt()
        start, end = (wide(self.path.alpha(s), z) * self.mean for s in (t, r))
        return end + ((z - start) @ self.axes * stretch) @ self.axes.mT

    def given_state(self, z: Tensor, t: Tensor, rng: torch.Generator) -> Iterator[Given]:
        half, label = torch.full_like(t, 0.5), torch.zeros(len(t), dtype=torch.int64)
        turned = (
            torch.randn(z.shape, generator=rng, dtype=DTYPE)
            * (self.spread / self._variance(t)).sqrt()
        )
        data, noise = self.mean_data(z, t), self.mean_noise(z, t)
        for sign in (1, -1):
            off = sign * turned @ self.axes.mT
            x = data + wide(self.path.sigma(t), z) * off
            yield Given(half, label, x, noise - wide(self.path.alpha(t), z) * off)

    def _pulled(self, z: Tensor, t: Tensor) -> Tensor:
        centred = z - wide(self.path.alpha(t), z) * self.mean
        return (centred @ self.axes / self._variance(t)) @ self.axes.mT

    def _variance(self, t: Tensor) -> Tensor:
        """S² along each axis, `[B, n]`."""
        return self.path.alpha(t)[:, None] ** 2 * self.spread + self.path.sigma(t)[:, None] ** 2


def gaussian(path: Path, mean: object = MEAN, covariance: object = COVARIANCE) -> Gaussian:
    """A Gaussian law on a path; a number as covariance is a standard deviation."""
    m = torch.as_tensor(mean, dtype=DTYPE)
    c = torch.as_tensor(covariance, dtype=DTYPE)
    c = c if c.ndim == 2 else c**2 * torch.eye(len(m), dtype=DTYPE)
    return Gaussian(path, m, c, *torch.linalg.eigh(c))
