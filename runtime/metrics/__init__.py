"""How far samples are from data, offline: `evaluate(samples, data)`, beside `floor(data)`."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache as remember
from pathlib import Path

import torch
from torch import Tensor

from fmdsl.catalog import members
from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import meant
from fmdsl.runtime.metrics.metric import Context, Metric, MetricError
from fmdsl.runtime.metrics.pictures import grid, scatter, to_image

__all__ = [
    "Context",
    "Metric",
    "MetricError",
    "available",
    "evaluate",
    "floor",
    "grid",
    "picture",
    "scatter",
    "to_image",
]


@remember
def available() -> dict[str, Metric]:
    """Every metric by name: those of this folder and those that joined by entry point."""
    return members(__name__, Metric, "fmdsl.metrics")


def evaluate(
    samples: Tensor,
    data: Data,
    metrics: Iterable[str] | None = None,
    *,
    cache: str | Path | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """The distances between `samples` and the held-out part of `data`, by name.

    Equally many of both are compared, since a distance of finite clouds depends on their
    number; compare the numbers with `floor(data, count=len(samples))`. `cache` is a folder
    for the feature net. Raises MetricError for samples of another shape or not finite.
    """
    _check(samples, data)
    return _measure(samples, data, metrics, cache, seed)


def floor(
    data: Data,
    metrics: Iterable[str] | None = None,
    *,
    count: int | None = None,
    cache: str | Path | None = None,
    seed: int = 0,
) -> dict[str, float]:
    """The same distances between training points and held-out ones, which share a law.

    What a perfect sampler gets, up to chance; below it lies memory of the held-out part.
    """
    held = len(next(iter(data.held_out.values())))
    return _measure(data.points(count or held, seed), data, metrics, cache, seed)


def picture(samples: Tensor, data: Data, path: str | Path) -> Path:
    """A grid for images, a scatter plot over the data for points in the plane."""
    if data.is_image:
        return grid(samples, path)
    return scatter(samples, path, data.points(len(samples), held_out=True))


def _measure(
    samples: Tensor,
    data: Data,
    metrics: Iterable[str] | None,
    cache: str | Path | None,
    seed: int,
) -> dict[str, float]:
    context = Context(data, Path(cache) if cache else None, seed)
    real = data.points(len(samples), seed, held_out=True)
    samples = samples[torch.randperm(len(samples), generator=torch.Generator().manual_seed(seed))]
    samples = samples[: len(real)].detach().cpu()
    numbers: dict[str, float] = {}
    for metric in _chosen(metrics, data):
        numbers |= metric.measure(samples, real, context)
    return numbers


def _chosen(names: Iterable[str] | None, data: Data) -> list[Metric]:
    known = available()
    if names is None:
        return [metric for metric in known.values() if metric.applies(data)]
    return [_lookup(name, known) for name in names]


def _lookup(name: str, known: dict[str, Metric]) -> Metric:
    if name not in known:
        raise MetricError(f"unknown metric `{name}`", meant(name, list(known)))
    return known[name]


def _check(samples: Tensor, data: Data) -> None:
    if tuple(samples.shape[1:]) != data.point_shape:
        raise MetricError(
            f"samples have shape {tuple(samples.shape[1:])}, "
            f"points of `{data.name}` {data.point_shape}",
            "sample with the data the net was trained on",
        )
    bad = (~samples.flatten(1).isfinite()).any(1).sum()
    if len(samples) < 2 or bad:
        raise MetricError(
            f"{int(bad)} of {len(samples)} samples are not finite",
            "give at least two finite samples; a net that gives NaN has diverged",
        )
