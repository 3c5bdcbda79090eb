"""What `fmdsl bench` measured, as parts of pages: numbers are never typed again."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from fmdsl.runtime.bench.rows import LEAD, entries, led
from fmdsl.runtime.bench.table import costs, faults, quality, spread, truths

RESULTS = Path(__file__).resolve().parents[1] / "results"
#: The long names of the metrics that lead a table.
METRICS = {
    "frechet": "Fréchet distance over the features of a classifier trained on the data",
    "w2": "Exact Wasserstein-2 distance to held-out data",
    "energy": "Energy distance to held-out data, unbiased: below zero is chance",
}


def results(data: str) -> dict[str, Any] | None:
    """The results file of a data set; None where nothing was measured."""
    file = RESULTS / f"quality_{data}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def page(data: str) -> str:
    """How it was measured, the tables, the pictures, and what has no numbers."""
    told = results(data)
    if told is None:
        return "Nothing is measured yet."
    parts = [setup(told), *_pictures(data)]
    parts += [f"**{METRICS.get(m, LEAD[m])}**\n\n{quality(told, m)}" for m in led(told)]
    if truths(told):
        parts.append(f"**Root mean square distance to the closed form**\n\n{truths(told)}")
    parts.append(f"**What an update costs**, over flow matching's\n\n{costs(told)}")
    if faults(told):
        parts.append("Without numbers:\n\n" + "\n".join(f"- {line}" for line in faults(told)))
    return "\n\n".join(parts)


def setup(told: dict[str, Any]) -> str:
    """The budget and the machine, in a paragraph."""
    seeds = len({r["seed"] for r in told["rows"]})
    over = f"{seeds} seeds: mean ± standard deviation" if seeds > 1 else "one seed, so no spread"
    return (
        f"{told['forwards']:,.0f} forwards of the net for each method, on batches of "
        f"{told['batch']}; nets `{' '.join(told['net'])}`; {over}; at most {told['samples']} "
        f"samples. {told['machine']}, torch {told['torch']}."
    )


def _pictures(data: str) -> list[str]:
    """The plot and the contact sheet, where they are."""
    known = {".png": "quality and cost", "_samples.png": "one-step samples"}
    return [
        f"![{about}: {data}](results/quality_{data}{suffix})"
        for suffix, about in known.items()
        if (RESULTS / f"quality_{data}{suffix}").exists()
    ]


#: The columns of `rows_of`.
HEAD = ("data", "metric", "1 step", "2 steps", "4 steps", "8 steps", "real data")


def rows_of(spec: str, data: str) -> list[list[str]]:
    """A method's rows on some data, a metric each, under `HEAD`; none where it was not measured."""
    told = results(data)
    found = next((e for e in entries(told) if e.spec == spec and e.rows), None) if told else None
    if told is None or found is None:
        return []
    steps = (1, 2, 4, 8)
    return [
        [data, LEAD[m], *(spread(found.values(n, m)) for n in steps), spread([told["floor"][m]])]
        for m in led(told)
    ]
