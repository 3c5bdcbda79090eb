"""What a metric is: a distance between two clouds of points, one per file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import RunError


class MetricError(RunError):
    """Samples that cannot be compared, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Context:
    """What a metric may need beside the two clouds: the data they come from, a cache."""

    data: Data
    cache: Path | None = None
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Metric:
    """A named comparison of samples with real points, both `[N, ...]`.

    `measure` gives one or several named numbers; `applies` says for which data it means
    something. Smaller is better unless `about` says otherwise.
    """

    name: str
    about: str
    measure: Callable[[Tensor, Tensor, Context], dict[str, float]]
    applies: Callable[[Data], bool] = lambda data: True


def flat(points: Tensor) -> Tensor:
    """Points as rows of float64 on the CPU."""
    return points.detach().flatten(1).double().cpu()
