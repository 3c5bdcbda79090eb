"""How good the samples are: metrics by number of steps, with the floor beside them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from torch import Tensor

from fmdsl.runtime.checkpoint import write_whole
from fmdsl.runtime.data import Data
from fmdsl.runtime.metrics import evaluate, floor


@dataclass(frozen=True, slots=True)
class Scores:
    """Metrics at each number of steps, and what real data get: `floor`.

    `closed_form` holds root mean square distances of the nets to the truth of the data's law,
    where it has one.
    """

    by_steps: dict[int, dict[str, float]]
    floor: dict[str, float]
    closed_form: dict[str, float] = field(default_factory=dict[str, float])

    def as_data(self) -> dict[str, Any]:
        told = {"steps": {str(k): v for k, v in self.by_steps.items()}, "floor": self.floor}
        return told | ({"closed_form": self.closed_form} if self.closed_form else {})


def score(
    sampler: Callable[[int], Tensor],
    data: Data,
    counts: Iterable[int],
    metrics: Iterable[str] | None,
    cache: Path | None,
) -> Scores:
    """Metrics of `sampler(steps)` for each count, against the held-out part of the data.

    The floor compares as many training points with the same held-out ones.
    """
    names = None if metrics is None else tuple(metrics)
    found: dict[int, dict[str, float]] = {}
    size = 0
    for steps in counts:
        made = sampler(steps)
        size = len(made)
        found[steps] = evaluate(made, data, names, cache=cache)
    return Scores(found, floor(data, names, count=size or None, cache=cache))


def save_scores(scores: Scores, step: int, file: Path) -> None:
    """metrics.json: step, metrics by steps, floor."""
    text = json.dumps({"step": step, **scores.as_data()}, indent=2) + "\n"
    write_whole(file, text.encode(), "metrics file")
