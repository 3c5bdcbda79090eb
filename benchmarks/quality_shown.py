"""How the quality benchmark shows its rows: a table, a plot."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any

#: The numbers of sampling steps at which every method is measured.
STEPS = (1, 2, 4, 8)

Row = dict[str, Any]


def table(rows: list[Row], metric: str) -> str:
    """One row per method: cost, updates, the metric by steps; the floor last."""
    head = ["method", "forwards an update", "updates", *(f"{n} steps" for n in STEPS)]
    lines = [head, ["---"] * len(head)]
    for r in rows:
        if "failed" in r:
            lines.append([r["spec"], f"{r['cost']:.2f}", "failed", *["–"] * len(STEPS)])
            continue
        found = [r["steps"].get(str(n), {}).get(metric, math.nan) for n in STEPS]
        values = ["–" if math.isnan(v) else f"{v:.3f}" for v in found]
        lines.append([r["spec"], f"{r['cost']:.2f}", str(r["updates"]), *values])
    floors = [r["floor"][metric] for r in rows if "floor" in r]
    if floors:
        lines.append(["real data (floor)", "", "", *[f"{floors[0]:.3f}"] * len(STEPS)])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def plot(rows: list[Row], metric: str, path: Path) -> None:
    """The metric by the number of sampling steps, one line per method."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(figsize=(8, 5), layout="constrained")
    styles = ("-", "--", ":")
    for index, r in enumerate(r for r in rows if "steps" in r):
        counts = [n for n in STEPS if str(n) in r["steps"]]
        values = [r["steps"][str(n)][metric] for n in counts]
        style = styles[index // 10 % len(styles)]
        axes.plot(counts, values, marker="o", linestyle=style, label=r["spec"])
    floors = [r["floor"][metric] for r in rows if "floor" in r]
    if floors:
        axes.axhline(floors[0], color="black", linestyle=":", label="real data")
    axes.set(xscale="log", yscale="log", xlabel="sampling steps", ylabel=metric)
    axes.set_xticks(STEPS, [str(n) for n in STEPS])
    axes.minorticks_off()
    axes.legend(fontsize=7, ncols=2)
    figure.savefig(path, dpi=100)
    plt.close(figure)
