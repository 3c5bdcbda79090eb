"""What is to be run, in which order, and what real data get."""

from __future__ import annotations

from pathlib import Path

import torch
from torch import Tensor

from fmdsl.runtime.bench.methods import Method, method
from fmdsl.runtime.bench.plan import KEPT, Budget, Job, Place, job
from fmdsl.runtime.bench.results import Results
from fmdsl.runtime.bench.run import packed
from fmdsl.runtime.data import Data
from fmdsl.runtime.metrics import floor


def jobs_of(
    methods: list[Method], data: Data, budget: Budget, place: Place, seeds: int, done: Results
) -> list[Job]:
    """What is to be run: seed by seed, so that a cut leaves whole tables; teachers first.

    A run that is measured is not run again, unless another needs its weights and they are gone.
    """
    taught = {m.source: m for m in methods}
    found: dict[Path, Job] = {}
    for seed in range(seeds):
        missing = [m for m in methods if (m.spec, seed) not in done and not m.lacks]
        for source in dict.fromkeys(s for m in missing for s in m.after):
            taught[source] = taught.get(source) or method(source, data, budget.data)
            own = taught[source] in missing
            one = job(taught[source], seed, budget, place, own)
            found[one.folder] = one
        for m in missing:
            one = job(m, seed, budget, place)
            found.setdefault(one.folder, one)
    return list(found.values())


def measure_floor(results: Results, data: Data, cache: Path) -> None:
    """What as many real data get; trains the classifier that all runs then share."""
    if "floor" in results.told and "real data" in results.samples:
        return
    count = min(results.budget.samples, len(next(iter(data.held_out.values()))))
    shown = packed(_real(data, KEPT[0 if data.is_image else 1]), data.is_image)
    results.floor(floor(data, count=count, cache=cache), shown)


def _real(data: Data, count: int) -> Tensor:
    """Held-out points, in the order of labels in which samples are made."""
    points, *rest = data.held_out.values()
    wanted = data.labels(count)
    if wanted is None or not rest:
        return points[:count]
    of = [torch.nonzero(rest[0] == c)[:, 0] for c in range(data.classes or 0)]
    return points[[int(of[c][i // len(of) % len(of[c])]) for i, c in enumerate(wanted.tolist())]]
