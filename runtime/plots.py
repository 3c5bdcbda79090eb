"""The course of a run as one picture: losses and metrics against steps, the floor dashed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fmdsl.runtime.journal import read_log


def plot(log: Path, target: Path) -> Path | None:
    """metrics.png from log.jsonl; None where there is nothing to plot yet."""
    lines = read_log(log)
    losses = [line for line in lines if "losses" in line]
    scores = [line for line in lines if "metrics" in line]
    names = list(dict.fromkeys(n for line in scores for n in line["metrics"]["floor"]))
    panels = (["loss"] if losses else []) + names
    if not panels:
        return None
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot

    columns = min(3, len(panels))
    rows = -(-len(panels) // columns)
    size = (4.2 * columns, 3 * rows)
    grid: Any
    figure, grid = pyplot.subplots(
        rows, columns, figsize=size, dpi=100, squeeze=False, layout="constrained"
    )
    for axes, name in zip(grid.flat, panels, strict=False):
        _losses(axes, losses) if name == "loss" else _metric(axes, name, scores)
        axes.set_title(name)
        axes.set_xlabel("training step")
        axes.legend(fontsize=8)
    for axes in list(grid.flat)[len(panels) :]:
        axes.axis("off")
    figure.savefig(target)
    pyplot.close(figure)
    return target


def _losses(axes: Any, lines: list[dict[str, Any]]) -> None:
    for name in dict.fromkeys(n for line in lines for n in line["losses"]):
        points = [(line["step"], line["losses"][name]) for line in lines if name in line["losses"]]
        axes.plot(*zip(*points, strict=True), label=name, linewidth=1)


def _metric(axes: Any, name: str, lines: list[dict[str, Any]]) -> None:
    counts = dict.fromkeys(k for line in lines for k in line["metrics"]["steps"])
    values: list[float] = []
    for count in counts:
        points = [
            (line["step"], line["metrics"]["steps"][count][name])
            for line in lines
            if name in line["metrics"]["steps"].get(count, {})
        ]
        values += [value for _, value in points]
        label = f"{count} step" + "s" * (count != "1")
        axes.plot(*zip(*points, strict=True), marker="o", markersize=3, label=label)
    floor = lines[-1]["metrics"]["floor"][name]
    axes.axhline(floor, color="0.4", linestyle="--", linewidth=1, label="real data")
    if min(values, default=0) > 0 and floor > 0 and name not in ("precision", "recall"):
        axes.set_yscale("log")
