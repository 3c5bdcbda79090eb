"""How a benchmark is told: one row per method, means over seeds, the floor last."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import mean, stdev
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
_NONE = "–"


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


def quality(told: dict[str, Any], metric: str) -> str:
    """A metric by the number of steps, in Markdown; smaller is better."""
    found = entries(told)
    steps = counts(found)
    solved = any(e.reference(metric) for e in found)
    head = ["method", *(f"{n} step{'s' * (n > 1)}" for n in steps)]
    head += [reference_name(found)] if solved else []
    lines = [[_named(e), *(spread(e.values(n, metric)) for n in steps)] for e in found if e.rows]
    if solved:
        for line, e in zip(lines, (e for e in found if e.rows)):
            line.append(spread(e.reference(metric)))
    floor = f"{told['floor'][metric]:#.3g}"
    return markdown([head, *lines, ["real data (floor)", *[floor] * (len(head) - 1)]])


def costs(told: dict[str, Any]) -> str:
    """What a step of training costs, in Markdown: forwards, and time over flow matching's."""
    found = [e for e in entries(told) if e.rows]
    base = unit(found)
    head = ["method", "forwards an update", "updates", "time of an update"]
    lines = [head]
    for e in found:
        pace = f"{mean(e.pace) / base:.2f}" if base and e.pace else _NONE
        lines.append([_named(e), f"{e.cost:.2f}", str(e.rows[0]["updates"]), pace])
    return markdown(lines)


def unit(found: Iterable[Entry]) -> float | None:
    """Seconds of an update of the method that others are told over."""
    return next((mean(e.pace) for e in found if e.spec == UNIT and e.pace), None)


def truths(told: dict[str, Any]) -> str:
    """Distances of nets and samples to the closed form, in Markdown; empty where there is none."""
    found = [e for e in entries(told) if any("closed_form" in r for r in e.rows)]
    if not found:
        return ""
    lines = [["method", "nets, where their loss calls them", ONE_STEP]]
    for e in found:
        nets = [n for n in e.rows[0]["closed_form"] if n != ONE_STEP]
        said = ", ".join(f"`{n}` {spread(e.closed_form(n))}" for n in nets)
        lines.append([_named(e), said or _NONE, spread(e.closed_form(ONE_STEP))])
    return markdown(lines)


def faults(told: dict[str, Any]) -> list[str]:
    """A line for every method that has no numbers, and for every seed that lacks."""
    lines = [f"{e.spec}: {e.fault}" for e in entries(told) if e.fault]
    whole = {e.spec for e in entries(told) if e.rows}
    lines += [
        f"{r['spec']}, seed {r['seed']}: {fault(r)}"
        for r in told["rows"]
        if "steps" not in r and r["spec"] in whole
    ]
    return lines


def reference_name(found: Iterable[Entry]) -> str:
    """`50 steps, heun`."""
    told = next(r[REFERENCE] for e in found for r in e.rows if REFERENCE in r)
    return f"{told['steps']} steps, {told['solver']}"


def markdown(lines: list[list[str]]) -> str:
    """A table whose first line is its head."""
    rule = ["---"] * len(lines[0])
    return "\n".join(f"| {' | '.join(line)} |" for line in (lines[0], rule, *lines[1:]))


def _named(e: Entry) -> str:
    return f"`{e.spec}`"


def spread(values: list[float]) -> str:
    """The mean, and the standard deviation over seeds where there are several."""
    if not values:
        return _NONE
    if len(values) == 1:
        return f"{values[0]:#.3g}"
    return f"{mean(values):#.3g} ± {stdev(values):.1g}"


def report(told: dict[str, Any]) -> str:
    """Everything as one page of Markdown, faults last."""
    parts: list[str] = []
    if any(e.rows for e in entries(told)):
        parts += [f"{LEAD[m]}\n\n{quality(told, m)}" for m in led(told)]
        parts.append(f"What a step of training costs\n\n{costs(told)}")
    if truths(told):
        parts.append(f"Root mean square distance to the closed form\n\n{truths(told)}")
    if faults(told):
        parts.append("Without numbers\n\n" + "\n".join(f"- {line}" for line in faults(told)))
    return "\n\n".join(parts)
