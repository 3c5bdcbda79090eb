"""A law whose states tell their own clock, for nets that are not told it.

A net of `(z, t - r)` cannot know t from a state in one or two dimensions, though a picture
tells it. One more coordinate, clean at 0 and pure noise at 1, moves along the same path: the
state carries its clock, and its velocity carries the clock's speed into every derivative.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor

from fmdsl.oracle.law import Given, Law


@final
@dataclass(frozen=True, slots=True)
class Clocked(Law):
    """Another law with its clock as the last coordinate. The path's sigma must be the clock."""

    inner: Law
    about: ClassVar[str] = "the law and its clock as one more coordinate of the state"

    @property
    def components(self) -> int:
        return self.inner.components

    @property
    def dimension(self) -> int:
        return self.inner.dimension + 1

    @property
    def labelled(self) -> bool:
        return self.inner.labelled

    def data(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        x, label = self.inner.data(count, rng)
        return _with(x, 0.0), label

    def given(self, label: Tensor | int | None) -> Clocked:
        return Clocked(self.path, self.inner.given(label))

    def repeated(self, times: int) -> Clocked:
        return Clocked(self.path, self.inner.repeated(times))

    def noise(self, count: int, rng: torch.Generator) -> Tensor:
        """Noise whose last coordinate is always one."""
        shape = (count, self.inner.dimension)
        return _with(torch.randn(shape, generator=rng, dtype=torch.float64), 1.0)

    def pairs(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        return self.data(count, rng)[0], self.noise(count, rng)

    def mean_data(self, z: Tensor, t: Tensor) -> Tensor:
        return _with(self.inner.mean_data(z[:, :-1], t), 0.0)

    def mean_noise(self, z: Tensor, t: Tensor) -> Tensor:
        return _with(self.inner.mean_noise(z[:, :-1], t), 1.0)

    def velocity(self, z: Tensor, t: Tensor) -> Tensor:
        speed = self.path.sigma_slope(t)[:, None]
        return torch.cat([self.inner.velocity(z[:, :-1], t), speed], 1)

    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return torch.cat([self.inner.flow(z[:, :-1], t, r), self.path.sigma(r)[:, None]], 1)

    def given_state(self, z: Tensor, t: Tensor, rng: torch.Generator) -> Iterator[Given]:
        for g in self.inner.given_state(z[:, :-1], t, rng):
            yield Given(g.share, g.label, _with(g.data, 0.0), _with(g.noise, 1.0))

    @staticmethod
    def clock(z: Tensor) -> Tensor:
        """The clock that a state tells."""
        return z[:, -1]


def clocked(law: Law) -> Clocked | None:
    """The law with its clock in the state; None where sigma is not the clock itself."""
    t = torch.linspace(0.1, 0.9, 5, dtype=torch.float64)
    return Clocked(law.path, law) if torch.allclose(law.path.sigma(t), t) else None


def _with(z: Tensor, value: float) -> Tensor:
    return torch.cat([z, torch.full_like(z[:, :1], value)], 1)
