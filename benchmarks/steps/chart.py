"""The picture beside the tables: `python -m benchmarks.steps.chart`."""

from __future__ import annotations

from pathlib import Path

import matplotlib as mpl

mpl.use("Agg")
import matplotlib.pyplot as plt

from .page import RESULTS, SETTINGS, found
from .show import Result, read

#: What a bar stands for: its label, whose form, compiled or not, its colour.
KINDS = (
    ("official, eager", False, False, "#c9a27a"),
    ("official, compiled", False, True, "#e6d3b8"),
    ("fmdsl, eager", True, False, "#4a7fb5"),
    ("fmdsl, compiled", True, True, "#9cc3e6"),
)


def draw(rows: list[Result], title: str, path: Path) -> None:
    """Bars by method, the least of several official forms, and the floor as a line."""
    methods = [m for m in dict.fromkeys(r["method"] for r in rows) if m != "flow_matching"]
    figure, axes = plt.subplots(figsize=(9, 0.62 * len(methods) + 1.4), layout="constrained")
    for place, (label, ours, compiled, colour) in enumerate(KINDS):
        bars = [(i, v) for i, m in enumerate(methods) if (v := least(rows, m, ours, compiled))]
        at = [i + 0.2 * (place - 1.5) for i, _ in bars]
        if not bars:
            continue
        axes.barh(at, [v for _, v in bars], 0.19, color=colour, label=label)
    for i, method in enumerate(methods):
        floor = next(r["floor"] for r in rows if r["method"] == method)
        label = "floor in matrix products" if i == 0 else None
        axes.plot([floor, floor], [i - 0.42, i + 0.42], color="black", lw=1.5, label=label)
    axes.set_yticks(range(len(methods)), methods)
    axes.invert_yaxis()
    axes.axvline(1, color="grey", lw=0.8, ls=":")
    axes.set(xlabel="time of a training step over a flow-matching step", title=title)
    axes.legend(fontsize=8, loc="lower right")
    figure.savefig(path, dpi=100)
    plt.close(figure)


def least(rows: list[Result], method: str, ours: bool, compiled: bool) -> float | None:
    """The smallest ratio of a kind; official MeanFlow splits no rows, so it stands once for all."""
    same = "meanflow" if method.startswith("meanflow") else method
    found = [
        r["ratio"]
        for r in rows
        if "ratio" in r
        and r["compiled"] == compiled
        and (r["method"] == method and r["form"] == "fmdsl" if ours else _official(r, same))
    ]
    return min(found, default=None)


def _official(row: Result, method: str) -> bool:
    own = ("fmdsl", "zeros not folded", "torch.func.jvp")
    other = row["form"] not in own and "difference" not in row["form"]
    same = row["method"].startswith("meanflow") if method == "meanflow" else False
    return other and (same or row["method"] == method)


def main() -> None:
    """A picture for each setting that was measured."""
    for name, title in SETTINGS.items():
        files = found(name)
        if files:
            path = RESULTS / f"step-{name}.png"
            draw(read(files)[1], title, path)
            print(f"wrote {path}")


if __name__ == "__main__":
    main()
