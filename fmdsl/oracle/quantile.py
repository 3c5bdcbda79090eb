"""The mixture in one dimension: its flow is the monotone map between quantiles.

`flow(z, t, r) = F_r⁻¹(F_t(z))` with `F_t(z) = sum of w_i Phi((z - alpha m_i) / S_i)`: an
exact flow map that is not affine.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, final

import torch
from torch import Tensor

from fmdsl.oracle.law import Law
from fmdsl.oracle.mixture import Mixture

#: Centres and deviations of the components at a clock, `[B, K]` each.
Parts = tuple[Tensor, Tensor]
#: Newton's rule inside a bracket: ten rounds are usual, halving alone needs more.
_ROUNDS = 24


@final
@dataclass(frozen=True, slots=True)
class QuantileMixture(Mixture):
    """A one-dimensional mixture; its flow is exact to about 1e-12."""

    about: ClassVar[str] = "a mixture in one dimension; its flow is exact and not affine"

    def average(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return Law.average(self, z, t, r)

    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        there = self._components(r)
        before = _scores(z[:, 0], self._components(t))
        y = self._solved(before.detach(), (there[0].detach(), there[1].detach()))
        # Newton's rule doubles the right derivatives: two steps from the root give the first
        # three orders, by whatever means they are taken.
        for _ in range(2):
            y = y - self._gap(y, there, before) / self._density(y, there)
        return y[:, None]

    def _solved(self, before: Tensor, there: Parts) -> Tensor:
        """The root without derivatives; where Newton's rule leaves the bracket, halve it."""
        low, high = _bracket(before, there)
        y = 0.5 * (low + high)
        for _ in range(_ROUNDS):
            gap = self._gap(y, there, before)
            low, high = torch.where(gap < 0, y, low), torch.where(gap < 0, high, y)
            newton = y - gap / self._density(y, there)
            inside = (newton >= low) & (newton <= high)
            y = torch.where(inside, newton, 0.5 * (low + high))
        return y

    def _gap(self, y: Tensor, there: Parts, before: Tensor) -> Tensor:
        """`F_r(y) - F_t(z)`, from the nearer tail so that no digit is lost."""
        lower = (torch.special.ndtr(before) * self.prior).sum(1, True) < 0.5
        side = torch.where(lower, 1.0, -1.0)
        ends = [torch.special.ndtr(side * s) for s in (_scores(y, there), before)]
        return side[:, 0] * ((ends[0] - ends[1]) * self.prior).sum(1)

    def _density(self, y: Tensor, there: Parts) -> Tensor:
        bells = torch.exp(-0.5 * _scores(y, there) ** 2) / there[1]
        return (bells * self.prior).sum(1) / (2 * torch.pi) ** 0.5

    def _components(self, t: Tensor) -> Parts:
        return self.path.alpha(t)[:, None] * self.centres[:, 0], self.variance(t).sqrt()


def _scores(z: Tensor, parts: Parts) -> Tensor:
    return (z[:, None] - parts[0]) / parts[1]


def _bracket(before: Tensor, there: Parts) -> tuple[Tensor, Tensor]:
    """Two points with the root between them.

    A component's own flow keeps the standard score; among all scores and all components the
    least image lies below the mixture's and the greatest above.
    """
    images = there[0][:, :, None] + there[1][:, :, None] * before[:, None, :]
    return images.amin((1, 2)) - 1e-9, images.amax((1, 2)) + 1e-9
