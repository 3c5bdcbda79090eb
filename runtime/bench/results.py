"""What a benchmark has found so far, on disk after every row."""

from __future__ import annotations

import json
import platform
from pathlib import Path
from typing import Any

import numpy as np
import torch

from fmdsl.runtime.bench.plan import Budget, Place
from fmdsl.runtime.bench.run import Row, Samples
from fmdsl.runtime.checkpoint import write_whole
from fmdsl.runtime.fault import RunError


class Results:
    """Rows by spec and seed, one-step samples by spec; of one budget only.

    `order` is that of the methods; `anew` forgets what the folder holds.

    Raises RunError where the folder holds rows of another budget.
    """

    def __init__(self, budget: Budget, place: Place, anew: bool = False) -> None:
        self.budget = budget
        self.order: list[str] = []
        self.file = place.file(budget.data, ".json")
        self.pictures = place.file(budget.data, "_samples.npz")
        self.told: dict[str, Any] = {**machine(place.device), **budget.as_data()}
        self.rows: dict[tuple[str, int], Row] = {}
        self.samples: dict[str, Samples] = {}
        if not anew and self.file.exists():
            self._read()

    def __contains__(self, key: tuple[str, int]) -> bool:
        """Whether a run is measured: what failed or was cut is tried again."""
        return "steps" in self.rows.get(key, {})

    def put(self, row: Row, samples: Samples | None) -> None:
        """One more row; the first seed's samples are kept."""
        self.rows[row["spec"], row.get("seed", 0)] = row
        if samples is not None and row["seed"] == 0:
            self.samples[row["spec"]] = samples
        self.write()

    def forget(self, spec: str) -> None:
        """Drops the rows of a method."""
        self.rows = {key: row for key, row in self.rows.items() if key[0] != spec}

    def floor(self, scores: dict[str, float], real: Samples) -> None:
        """What real data get, and how they look."""
        self.told["floor"] = scores
        self.samples["real data"] = real

    def write(self) -> None:
        """The JSON file and the samples, each whole or not at all."""
        self.file.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.file, (json.dumps(self.as_data(), indent=1) + "\n").encode(), "results")
        partial = self.pictures.with_suffix(".partial.npz")
        np.savez_compressed(partial, allow_pickle=False, **self.shown)
        partial.replace(self.pictures)

    @property
    def shown(self) -> dict[str, Samples]:
        """The samples in the order in which methods were named, real data first."""
        names = ["real data", *self.order, *self.samples]
        return {n: self.samples[n] for n in dict.fromkeys(names) if n in self.samples}

    def as_data(self) -> dict[str, Any]:
        """Everything, rows in the order in which methods were named."""
        place = {spec: i for i, spec in enumerate(self.order)}
        rows = sorted(
            self.rows.values(), key=lambda r: (place.get(r["spec"], len(place)), r["seed"])
        )
        return {**self.told, "rows": rows}

    def _read(self) -> None:
        before = read(self.file)
        for key, value in self.budget.as_data().items():
            if before.get(key) != value:
                raise RunError(
                    f"{self.file} holds rows with `{key}` {before.get(key)}, not {value}",
                    "rows of different budgets do not compare: give other --results and --out "
                    "folders; or --overwrite and no methods, which begins anew",
                )
        self.told = {k: v for k, v in before.items() if k != "rows"}
        self.rows = {(r["spec"], r["seed"]): r for r in before["rows"]}
        if self.pictures.exists():
            self.samples = dict(np.load(self.pictures, allow_pickle=False))


def read(file: Path) -> dict[str, Any]:
    """A results file. Raises RunError where it is none."""
    try:
        told = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RunError(f"{file} cannot be read: {error}", "name the results of a bench") from None
    if not isinstance(told, dict) or "rows" not in told:
        raise RunError(f"{file} holds no rows", "name the results of `fmdsl bench`")
    return told


def machine(device: str) -> dict[str, str]:
    """What computed."""
    where = _processor()
    if device.startswith("cuda") and torch.cuda.is_available():
        where = torch.cuda.get_device_name()
    return {"machine": where, "device": device, "torch": torch.__version__}


def _processor() -> str:
    """The processor's own name where the system tells it."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text("utf-8").splitlines() if info.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
