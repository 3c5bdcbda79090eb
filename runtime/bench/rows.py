"""The rows of a results file by method: what was found, and why something was not."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean
from typing import Any

Row = dict[str, Any]
#: Which metrics lead, and under which heading; the first two that were measured are shown.
LEAD = {"frechet": "Fréchet", "w2": "W2", "energy": "energy"}
#: The method over whose time of an update the others' is told.
UNIT = "flow_matching"
#: The distance of a sampler's one step to where the flow takes the same noise.
ONE_STEP = "sample in one step"
#: The name in a results file of what else a velocity is measured by.
REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Entry:
    """A method's rows over its seeds; `fault` says why there are none."""

    spec: str
    rows: tuple[Row, ...]
    fault: str = ""

    @property
    def cost(self) -> float:
        return float(self.rows[0]["cost"])

    def values(self, steps: int, metric: str) -> list[float]:
        """A metric at a number of steps, by seed."""
        found = (r["steps"].get(str(steps), {}) for r in self.rows)
        return [f[metric] for f in found if metric in f]

    def reference(self, metric: str) -> list[float]:
        """A velocity's metric by the reference solver, by seed."""
        return [r[REFERENCE][metric] for r in self.rows if REFERENCE in r]

    def closed_form(self, name: str) -> list[float]:
        """A distance to the closed form, by seed."""
        told = (r.get("closed_form", {}) for r in self.rows)
        return [t[name] for t in told if name in t]

    @property
    def pace(self) -> list[float]:
        """Seconds of an update, by seed."""
        return [r["seconds_an_update"] for r in self.rows if r.get("seconds_an_update")]


def entries(told: dict[str, Any]) -> list[Entry]:
    """A results file's rows by method, in its order."""
    by_spec: dict[str, list[Row]] = {}
    for row in told["rows"]:
        by_spec.setdefault(row["spec"], []).append(row)
    return [_entry(spec, rows) for spec, rows in by_spec.items()]


def _entry(spec: str, rows: list[Row]) -> Entry:
    whole = tuple(r for r in rows if "steps" in r)
    return Entry(spec, whole, "" if whole else fault(rows[0]))


def fault(row: Row) -> str:
    """Why a row has no numbers, in a line."""
    if "needs" in row:
        return f"needs {row['needs']}"
    if "stopped" in row:
        return f"cut at update {row['stopped']}" if row["stopped"] else "not reached"
    text = row.get("failed", "").strip().splitlines() or ["not run"]
    return f"failed: {text[-1] if text[0].startswith('Traceback') else text[0]}"


def led(told: dict[str, Any]) -> list[str]:
    """The two metrics that are shown: those of `LEAD` that were measured."""
    return [m for m in LEAD if m in told.get("floor", {})][:2]


def counts(found: Iterable[Entry]) -> list[int]:
    """The numbers of steps that were measured."""
    return sorted({int(k) for e in found for r in e.rows for k in r["steps"]})


def unit(found: Iterable[Entry]) -> float | None:
    """Seconds of an update of the method that others are told over."""
    return next((mean(e.pace) for e in found if e.spec == UNIT and e.pace), None)


def reference_name(found: Iterable[Entry]) -> str:
    """`50 steps, heun`."""
    told = next(r[REFERENCE] for e in found for r in e.rows if REFERENCE in r)
    return f"{told['steps']} steps, {told['solver']}"
