"""Mixtures of round Gaussians, labelled: exact velocity, score and denoisers in any dimension."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import ClassVar

import torch
from torch import Tensor

from fmdsl.oracle import ode
from fmdsl.oracle.last import Last
from fmdsl.oracle.law import Given, Law
from fmdsl.oracle.namespace import DTYPE, wide
from fmdsl.oracle.path import Path

#: Unequal in weight, place and width: no symmetry hides a bias. Each label has two components,
#: so that its own flow is not affine either, and those of the two labels overlap.
WEIGHTS = (0.2, 0.3, 0.35, 0.15)
CENTRES = ((1.2,), (-0.5,), (-1.2,), (0.6,))
SCALES = (0.2, 0.4, 0.4, 0.25)
CLASSES = (0, 0, 1, 1)


@dataclass(frozen=True, slots=True)
class Mixture(Law):
    """`x ~ sum of w_i N(m_i, s_i² I)`, its label that of the component.

    Given labels, the components are those that have them. The flow has no closed form in several
    dimensions: there it is integrated in `steps` steps, to about 1e-10 on a straight path.

    Under forward mode torch is slow where one factor has no tangent: numbers enter by products
    of matrices.
    """

    weights: Tensor
    centres: Tensor
    scales: Tensor
    #: The label of each component; None where labels say nothing.
    classes: Tensor | None = None
    #: Which components a row can be of, `[B, K]`; None for all.
    among: Tensor | None = None
    steps: int = 16
    last: Last = field(default_factory=Last, repr=False, compare=False)
    about: ClassVar[str] = "a mixture of Gaussians; its flow is integrated numerically"

    @property
    def labelled(self) -> bool:
        return self.classes is not None

    @property
    def components(self) -> int:
        return self.weights.shape[0]

    @property
    def dimension(self) -> int:
        return self.centres.shape[1]

    def data(self, count: int, rng: torch.Generator) -> tuple[Tensor, Tensor]:
        which = torch.multinomial(self.weights, count, replacement=True, generator=rng)
        noise = torch.randn(count, self.dimension, generator=rng, dtype=DTYPE)
        label = torch.zeros_like(which) if self.classes is None else self.classes[which]
        return self.centres[which] + self.scales[which, None] * noise, label

    def given(self, label: Tensor | int | None) -> Mixture:
        if label is None or self.classes is None:
            return self
        asked = torch.as_tensor(label)[..., None]
        return replace(self, among=(asked < 0) | (asked == self.classes))

    def repeated(self, times: int) -> Mixture:
        if self.among is None or self.among.ndim == 1:
            return self
        return replace(self, among=self.among.repeat(times, 1))

    @property
    def prior(self) -> Tensor:
        """The weights of the components, `[K]` or `[B, K]`."""
        weights = self.weights if self.among is None else self.weights * self.among
        return weights / weights.sum(-1, keepdim=True)

    def mean_data(self, z: Tensor, t: Tensor) -> Tensor:
        powers, pulled = self._parts(z, t)
        spread = self.scales[:, None] ** 2
        means = self.centres + self.path.alpha(t)[:, None, None] * spread * pulled
        return self._mean(powers, means)

    def mean_noise(self, z: Tensor, t: Tensor) -> Tensor:
        powers, pulled = self._parts(z, t)
        return wide(self.path.sigma(t), z) * self._mean(powers, pulled)

    def velocity(self, z: Tensor, t: Tensor) -> Tensor:
        return self._mean(*self.last(self._drifts, z, t))

    def given_state(self, z: Tensor, t: Tensor, rng: torch.Generator) -> Iterator[Given]:
        powers, pulled = self._parts(z, t)
        share, width = 0.5 * self._shares(powers), self.scales / self.variance(t).sqrt()
        alpha, sigma = wide(self.path.alpha(t), z), wide(self.path.sigma(t), z)
        eta = torch.randn(z.shape, generator=rng, dtype=DTYPE)
        classes = torch.zeros_like(self.weights) if self.classes is None else self.classes
        for k, label in enumerate(classes.long()):
            data = self.centres[k] + alpha * self.scales[k] ** 2 * pulled[:, k]
            for off in (width[:, k, None] * eta, -width[:, k, None] * eta):
                x, e = data + sigma * off, sigma * pulled[:, k] - alpha * off
                yield Given(share[:, k], label.expand(len(t)), x, e)

    def average(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return ode.average(lambda z, t, _: self.velocity(z, t), z, t, r, self.steps)

    def flow(self, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        return z + wide(r - t, z) * self.average(z, t, r)

    def variance(self, t: Tensor) -> Tensor:
        """S_i², `[B, K]`."""
        return self._levels(t) @ self._spreads

    def _levels(self, t: Tensor) -> Tensor:
        return torch.stack([self.path.alpha(t).square(), self.path.sigma(t).square()], 1)

    @property
    def _spreads(self) -> Tensor:
        squares = self.scales.square()
        return torch.stack([squares, torch.ones_like(squares)])

    def _parts(self, z: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """The log density of each component up to a number, and `(z - alpha m_i) / S_i²`."""
        levels, spreads = self._levels(t), self._spreads
        variance = levels @ spreads
        weighed = levels @ (spreads * self.weights ** (-2 / self.dimension))
        centred = z[:, None] - self._moved(self.path.alpha(t))
        squares = centred.square().sum(-1) / variance
        halves = squares.new_tensor([-0.5, -0.5 * self.dimension])
        return torch.stack([squares, weighed.log()], -1) @ halves, centred / variance[..., None]

    def _drifts(self, z: Tensor, t: Tensor) -> tuple[Tensor, Tensor]:
        """The log density and the velocity of each component: alike for every label."""
        alpha, sigma = self.path.alpha_slope(t), self.path.sigma_slope(t)
        powers, pulled = self._parts(z, t)
        growth = torch.stack([alpha * self.path.alpha(t), sigma * self.path.sigma(t)], 1)
        return powers, self._moved(alpha) + (growth @ self._spreads)[..., None] * pulled

    def _moved(self, signal: Tensor) -> Tensor:
        """`signal m_i`, `[B, K, n]`."""
        return (signal[:, None] @ self.centres.reshape(1, -1)).reshape(-1, *self.centres.shape)

    def _mean(self, powers: Tensor, of: Tensor) -> Tensor:
        """The mean over the components that a state can be of."""
        return (self._shares(powers)[..., None] * of).sum(1)

    def _shares(self, powers: Tensor) -> Tensor:
        """The posterior of the components, `[B, K]`."""
        among = self.among
        return (powers if among is None else torch.where(among, powers, -torch.inf)).softmax(1)


def mixture(
    path: Path,
    weights: object = WEIGHTS,
    centres: object = CENTRES,
    scales: object = SCALES,
    classes: object = CLASSES,
) -> Mixture:
    """A mixture on a path, with its exact flow in one dimension; one number scales all.

    classes: the label of each component; None where the data have no labels.
    """
    from fmdsl.oracle.quantile import QuantileMixture

    w, m, s = (torch.as_tensor(a, dtype=DTYPE) for a in (weights, centres, scales))
    labels = None if classes is None else torch.as_tensor(classes, dtype=torch.int64)
    kind = QuantileMixture if m.shape[1] == 1 else Mixture
    return kind(path, w / w.sum(), m, s.expand(len(w)), labels)
