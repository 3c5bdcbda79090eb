"""What is measured of a spec, and when it counts as zero."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

import torch
from torch import Tensor

from fmdsl.syntax.source import Span

HOLDS = "holds on the oracle"
REFUTED = "refuted"
NOT_DECIDED = "not decided"
NOT_MEASURED = "not measured"

#: Standard errors from zero up to which a mean is taken for zero, and from which it is not.
#: Of a hundred true zeros, the greatest is beyond 4.5 in one run of a thousand.
ZERO_BELOW, BIASED_ABOVE = 4.5, 6.0
#: A bias that a shift of the net by this much would cancel is rounding.
ROUNDING = 1e-7


@dataclass(frozen=True, slots=True)
class Measurement:
    """One number about a spec whose nets are their truths.

    quantity: a regression by the name of its let, or `loss`, or `loss without its weight`.
    residual: root mean square of what the regression compares, None for a loss.
    bias: the expected gradient along the perturbation where it is surest not to be zero;
        `interval` holds it with 95 %, that choice counted; `errors` is its distance from zero
        in standard errors.
    """

    law: str
    group: str
    quantity: str
    verdict: str
    reason: str
    residual: float | None = None
    bias: float | None = None
    interval: tuple[float, float] | None = None
    errors: float | None = None
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean of a gradient over batches, at its surest component."""

    bias: float
    interval: tuple[float, float]
    errors: float

    @property
    def is_zero(self) -> bool:
        return self.errors < ZERO_BELOW

    @property
    def is_biased(self) -> bool:
        return self.errors > BIASED_ABOVE


def mean_of(gradients: list[Tensor], scale: float, rounding: float = ROUNDING) -> Mean:
    """The mean of gradients, one per batch; `scale` is the gradient of a perturbed net."""
    rows = torch.stack(gradients)
    mean = rows.mean(0)
    error = rows.std(0) / len(rows) ** 0.5 + rounding * scale / BIASED_ABOVE
    worst = int((mean.abs() / error).argmax())
    bias, spread = float(mean[worst]), float(error[worst])
    errors = abs(bias) / spread if spread > 0 else 0.0
    # the greatest of many is far from zero by chance: all their intervals hold at once
    width = spread * NormalDist().inv_cdf(1 - 0.025 / len(mean))
    return Mean(bias, (bias - width, bias + width), errors)


def verdict(mean: Mean, scale: float) -> tuple[str, str]:
    """The verdict on a mean gradient and the reason in words."""
    if not math.isfinite(mean.bias):
        return NOT_DECIDED, "the gradient is not finite at the truth"
    low, high = mean.interval
    told = f"expected gradient {mean.bias:+.3g}, 95 % in [{low:+.3g}, {high:+.3g}]"
    if scale == 0.0:
        return REFUTED, "no gradient arrives, whatever the net is"
    if mean.is_biased:
        shift = abs(mean.bias) / scale
        told = f"{told}, {mean.errors:.0f} standard errors from zero"
        return REFUTED, f"{told}; a shift of the net by about {shift:.2g} would cancel it"
    if mean.is_zero:
        return HOLDS, told
    return NOT_DECIDED, f"{told}: more examples would tell"
