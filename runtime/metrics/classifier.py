"""A small classifier of the data at hand, whose features a picture is judged by."""

from __future__ import annotations

import hashlib
import os
from functools import lru_cache
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from torch.nn.functional import cross_entropy

from fmdsl.runtime.data import Data, Loader
from fmdsl.runtime.metrics.metric import Context, MetricError

RECIPE = "1"
"""Part of the cache's key: raise it when the network or its training changes."""

LEAST_ACCURACY = 0.5


class Classifier(nn.Module):
    """Two convolutions and a perceptron; `features` are the 64 before the last layer."""

    def __init__(self, point_shape: tuple[int, ...], classes: int) -> None:
        super().__init__()
        channels, rows, columns = point_shape
        side = 4 if min(rows, columns) >= 8 else 1
        self.body = nn.Sequential(
            nn.Conv2d(channels, 16, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(16, 32, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.AdaptiveAvgPool2d(side),
            nn.Flatten(),
            nn.Linear(32 * side**2, 64),
            nn.Tanh(),
        )
        self.last = nn.Linear(64, classes)

    def features(self, x: Tensor) -> Tensor:
        return self.body(x)

    def forward(self, x: Tensor) -> Tensor:
        return self.last(self.body(x))


def features(points: Tensor, context: Context) -> Tensor:
    """`[N, C, H, W] -> [N, 64]`: what the data's classifier makes of each picture."""
    net = classifier(context.data, context.cache)
    with torch.no_grad():
        return torch.cat([net.features(part.float().cpu()) for part in points.split(1024)])


@lru_cache(maxsize=8)
def classifier(data: Data, cache: Path | None = None) -> Classifier:
    """The classifier of `data`, trained once with a fixed seed; `cache` is a folder for it.

    Raises MetricError where the data are no labelled pictures, or cannot be learned.
    """
    if not data.is_image or data.classes is None:
        raise MetricError(
            f"`{data.name}` has no labelled pictures to train a classifier on",
            "use w2, sliced_w2 or energy, which need no features",
        )
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        net = Classifier(data.point_shape, data.classes)
        file = cache / f"classifier-{_key(data)}.safetensors" if cache else None
        if file is not None and file.exists():
            net.load_state_dict(load_file(file))
        else:
            _train(net, data)
            if file is not None:
                _store(net, file)
    return net.eval().requires_grad_(False)


def accuracy(net: Classifier, data: Data) -> float:
    """The share of held-out examples that the classifier names rightly."""
    points, label = list(data.held_out.values())[:2]
    with torch.no_grad():
        return float((net(points).argmax(1) == label).double().mean())


def _train(net: Classifier, data: Data, steps: int = 300, batch: int = 64) -> None:
    loader = Loader(data, batch)
    optimizer = torch.optim.AdamW(net.parameters(), lr=2e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 4e-3, steps)
    for _ in range(steps):
        points, label = list(next(loader).values())[:2]
        optimizer.zero_grad()
        cross_entropy(net(points), label).backward()
        optimizer.step()
        schedule.step()
    found = accuracy(net, data)
    chance = 1 / (data.classes or 1)
    if found < chance + LEAST_ACCURACY * (1 - chance):
        raise MetricError(
            f"the classifier of `{data.name}` is right on {found:.0%} of held-out examples only",
            "its features would say nothing: check the labels, or choose metrics without features",
        )


def _store(net: Classifier, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    partial = file.with_suffix(f".{os.getpid()}")  # runs side by side share the cache
    save_file(net.state_dict(), partial)
    partial.replace(file)


def _key(data: Data) -> str:
    """Names the data by its contents, so that a cache never answers for other data."""
    digest = hashlib.sha256(RECIPE.encode())
    for value in data.held_out.values():
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
