"""What all runs of a benchmark share, and one run of it."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from fmdsl.runtime.bench.methods import Method

#: The numbers of sampling steps at which every method is measured.
STEPS = (1, 2, 4, 8)
#: A velocity's samples by a good solver: what its net could give if steps cost nothing.
REFERENCE = ("heun", 50)
#: One-step samples of each method that are kept to be looked at: pictures, points.
KEPT = (40, 1000)
#: What only slows a run whose end is all that is looked at.
_QUIET = (
    "log.progress=false",
    "log.tensorboard=false",
    "sample.every=null",
    "sample.steps=[]",
    "checkpoint.every=null",
    "checkpoint.minutes=null",
    "eval.at_end=false",
)


@dataclass(frozen=True, slots=True)
class Budget:
    """What makes two rows comparable: they stand in one table only if it is equal."""

    data: str
    forwards: float
    batch: int
    net: tuple[str, ...]
    samples: int

    def as_data(self) -> dict[str, Any]:
        return {**asdict(self), "net": list(self.net)}


@dataclass(frozen=True, slots=True)
class Place:
    """Where runs compute and what they leave: folders of runs, results."""

    out: Path
    results: Path
    device: str = "cpu"
    threads: int = 1
    jobs: int = 1
    minutes: float | None = None

    def folder(self, data: str, spec: str, seed: int) -> Path:
        """A run's own folder, to sample from with `fmdsl sample`."""
        return self.runs(data) / f"{spec}_{seed}"

    def runs(self, data: str) -> Path:
        """The folder of all runs on some data."""
        return self.out / _plain(data)

    def cache(self, data: str) -> Path:
        """The folder of the classifier that all runs on some data share."""
        return self.runs(data) / "cache"

    def file(self, data: str, suffix: str) -> Path:
        """`quality_digits.json` and its neighbours."""
        return self.results / f"quality_{_plain(data)}{suffix}"


@dataclass(frozen=True, slots=True)
class Job:
    """One run, as a worker is told it. It is known by its folder, as its `teachers` are.

    pairs: the run that makes the pairs it trains on, in a file beside its folder.
    """

    source: str
    spec: str
    seed: int
    budget: Budget
    updates: int
    cost: float
    folder: Path
    cache: Path
    device: str
    changes: tuple[str, ...]
    tuned: tuple[str, ...] = ()
    teachers: tuple[Path, ...] = ()
    pairs: Path | None = None
    measured: bool = True


def job(m: Method, seed: int, budget: Budget, place: Place, measured: bool = True) -> Job:
    """The run of a method with one seed."""
    updates = m.updates(budget.forwards)
    nets = [f"nets.{n}.{option}" for n in m.nets for option in budget.net]
    folder = place.folder(budget.data, m.spec, seed)
    pairs = place.folder(budget.data, m.pairs, seed) if m.pairs else None
    source = str(pairs_file(folder)) if pairs else budget.data
    told = {"data": source, "batch": budget.batch, "steps": updates, "seed": seed}
    told |= {"device": place.device, "threads": place.threads, "log.every": max(1, updates // 10)}
    given = {n: place.folder(budget.data, s, seed) for n, s in m.given.items()}
    told |= {f"init.{n}": str(folder) for n, folder in given.items()}
    changes = (*_QUIET, *nets, *(f"{k}={v}" for k, v in told.items()), *m.tuned)
    teachers = tuple(place.folder(budget.data, s, seed) for s in m.after)
    return Job(
        m.source, m.spec, seed, budget, updates, m.cost, folder, place.cache(budget.data),
        place.device, changes, m.tuned, teachers, pairs, measured,
    )  # fmt: skip


def pairs_file(folder: Path) -> Path:
    """Where a run's pairs lie: beside its folder, which a new run empties."""
    return folder.with_name(f"{folder.name}_pairs.npz")


def _plain(name: str) -> str:
    """A data set's name or path as part of a file's name."""
    return re.sub(r"[^\w.-]+", "_", name).strip("_") or "data"
