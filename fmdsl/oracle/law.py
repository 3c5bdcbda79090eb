"""What a law of the data with closed forms can tell, on a path of its spec."""

from __future__ import annotations

import abc
from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from fmdsl.oracle.namespace import DTYPE, wide
from fmdsl.oracle.path import Path

#: Below this distance of two clocks, an average is taken over the flow and not as a quotient.
NEAR = 0.01
_NODES, _SHARES = np.polynomial.legendre.leggauss(8)


@dataclass(frozen=True, slots=True)
class Given:
    """Data and noise that make a state, their label, and their share among all that do."""

    share: Tensor
    label: Tensor
    data: Tensor
    noise: Tensor


@dataclass(frozen=True, slots=True)
class Law(abc.ABC):
    """Data x and noise e on a path, and the exact objects of their law.

    States are `[B, n]`, clocks `[B]`, labels `[B]`, everything else float64. The law itself is
    that of all data; `given(label)` is the law of the data that have a label.
    """

    path: Path
    #: What a reader is told about it.
    about: ClassVar[str]

    @property
    def labelled(self) -> bool:
        """Whether labels say anything."""
        return False

    @property
    def components(self) -> int:
        """How many Gaussians it is a mixture of."""
        return 1

    @property
    @abc.abstractmethod
    def dimension(self) -> int: ...

    @abc.abstractmethod
    def data(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Data `[count, n]` and their labels; all of them 0 where labels say nothing."""

    def given(self, label: Tensor | int | None) -> Law:
        """The law given the label of each row, or one for all; -1 and None tell nothing."""
        del label
        return self

    def repeated(self, times: int) -> Law:
        """The law for the same rows, so many times over."""
        del times
        return self

    @abc.abstractmethod
    def mean_noise(self, z: Tensor, t: Tensor) -> Tensor:
        """E[e given z], e standard normal."""

    @abc.abstractmethod
    def mean_data(self, z: Tensor, t: Tensor) -> Tensor:
        """E[x given z]."""

    @abc.abstractmethod
    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        """Where the probability flow takes z from t to r."""

    @abc.abstractmethod
    def given_state(self, z: Tensor, t: Tensor, rng: torch.Generator) -> Iterator[Given]:
        """Draws given a state whose weighted mean is the conditional mean, and exactly so."""

    def pairs(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        """Independent data and noise; the noise has the path's scale left out."""
        x, _ = self.data(count, rng)
        return x, torch.randn(x.shape, generator=rng, dtype=DTYPE)

    def velocity(self, z: Tensor, t: Tensor) -> Tensor:
        """The marginal velocity `alpha' E[x given z] + sigma' E[e given z]`."""
        data, noise = self.mean_data(z, t), self.mean_noise(z, t)
        slopes = self.path.alpha_slope(t), self.path.sigma_slope(t)
        return wide(slopes[0], z) * data + wide(slopes[1], z) * noise

    def score(self, z: Tensor, t: Tensor) -> Tensor:
        """The gradient of the log density: `-E[e given z] / sigma`; sigma > 0."""
        return -self.mean_noise(z, t) / wide(self.path.sigma(t), z)

    def average(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        """The average velocity `(flow(z, t, r) - z) / (r - t)`, the velocity at r = t.

        Near the diagonal the quotient loses digits: there it is the integral of the velocity
        along the flow, by an eight-point Gauss rule (error of order `NEAR`^16).
        """
        gap = r - t
        near = gap.abs() < NEAR
        apart = torch.where(near, t - 1.0 * _room(t, self.path), r)
        quotient = (self.flow(z, t, apart) - z) / wide(apart - t, z)
        short = torch.where(near, gap, torch.zeros_like(gap))
        return torch.where(wide(near, z), self._integral(z, t, short), quotient)

    def _integral(self, z: Tensor, t: Tensor, gap: Tensor) -> Tensor:
        """The mean velocity along the flow from t to t + gap, all nodes in one batch."""
        nodes = torch.as_tensor(_NODES, dtype=z.dtype)
        shares = torch.as_tensor(_SHARES, dtype=z.dtype)
        start = t.repeat(len(nodes))
        s = start + 0.5 * (1 + nodes.repeat_interleave(len(t))) * gap.repeat(len(nodes))
        law = self.repeated(len(nodes))
        along = law.velocity(law.flow(z.repeat(len(nodes), 1), start, s), s)
        return (0.5 * shares[:, None, None] * along.reshape(len(nodes), *z.shape)).sum(0)


def _room(t: Tensor, path: Path) -> Tensor:
    """A step from t that stays in the domain: any will do, its result is not used."""
    low, high = path.domain[0], min(path.domain[1], path.domain[0] + 1.0)
    middle = 0.5 * (low + high)
    return torch.where(t > middle, torch.full_like(t, NEAR), torch.full_like(t, -NEAR))
