"""A benchmark as one figure: a line per method, a panel per question."""

from __future__ import annotations

from pathlib import Path
from statistics import mean
from typing import Any

from fmdsl.runtime.bench.rows import LEAD, ONE_STEP, Entry, counts, entries, led, unit

#: From one step, which is what most methods are for, to many.
_SHADES = ("#08306b", "#2171b5", "#6baed6", "#c6dbef", "#deebf7")


def plot(told: dict[str, Any], target: Path) -> Path | None:
    """Quality by steps, distance to the closed form, cost; None where nothing was measured."""
    found = [e for e in entries(told) if e.rows][::-1]
    if not found or not led(told):
        return None
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot

    near = any(e.closed_form(ONE_STEP) for e in found)
    widths = [3.0] * len(led(told)) + [2.2] * near + [1.8]
    figure, grid = pyplot.subplots(
        1, len(widths), sharey=True, squeeze=False, layout="constrained", width_ratios=widths,
        figsize=(sum(widths) + 1.8, 0.21 * len(found) + 1.4),
    )  # fmt: skip
    panels = list(grid.flat)
    for axes, metric in zip(panels, led(told)):
        _quality(axes, found, metric, told["floor"][metric])
    if near:
        _closed_form(panels[-2], found)
    _cost(panels[-1], found)
    _legend(figure, panels[0], "outside lower left")
    _legend(figure, panels[-1], "outside lower right")
    panels[0].set_yticks(range(len(found)), [e.spec for e in found], fontsize=7)
    panels[0].set_ylim(-0.7, len(found) - 0.3)
    figure.savefig(target, dpi=100)
    pyplot.close(figure)
    return target


def _quality(axes: Any, found: list[Entry], metric: str, floor: float) -> None:
    most = _reach([v for e in found for n in counts(found) for v in e.values(n, metric)])
    for shade, n in list(zip(_SHADES, counts(found)))[::-1]:
        at = [(mean(e.values(n, metric)), i) for i, e in enumerate(found) if e.values(n, metric)]
        label = f"{n} step{'s' * (n > 1)}"
        _points(axes, at, most, {"color": shade, "label": label, "zorder": 3})
    solved = [(mean(e.reference(metric)), i) for i, e in enumerate(found) if e.reference(metric)]
    _points(axes, solved, most, {"color": "tab:red", "label": "solver", "zorder": 4}, "x")
    if metric == "energy":  # an unbiased estimate, which may be negative
        axes.set_xscale("symlog", linthresh=0.01)
    else:
        _logarithmic(axes)
    axes.axvline(floor, color="black", linestyle=":", linewidth=1, label="real data")
    axes.set_title(LEAD[metric], fontsize=9)
    _ruled(axes)


def _reach(values: list[float]) -> float:
    """Where a panel ends: a few rows that failed must not press the others together."""
    return 1.3 * sorted(values)[int(0.95 * (len(values) - 1))]


def _points(
    axes: Any, at: list[tuple[float, int]], most: float, style: dict[str, Any], mark: str = "o"
) -> None:
    """Points, those beyond the panel's end as arrows at it."""
    inside, beyond = [p for p in at if p[0] <= most], [(most, i) for v, i in at if v > most]
    line = {"linewidths": 1 if mark == "x" else 0, "s": 18}
    if inside:
        axes.scatter(*zip(*inside), marker=mark, **line, **style)
    if beyond:
        axes.scatter(*zip(*beyond), marker=">", s=18, linewidths=0, **{**style, "label": None})


def _closed_form(axes: Any, found: list[Entry]) -> None:
    told = [
        (mean(e.closed_form(ONE_STEP)), i) for i, e in enumerate(found) if e.closed_form(ONE_STEP)
    ]
    axes.scatter(*zip(*told), color=_SHADES[0], s=18, zorder=3, linewidths=0)
    _logarithmic(axes)
    axes.set_title("one step, to the flow (rms)", fontsize=9)
    _ruled(axes)


def _cost(axes: Any, found: list[Entry]) -> None:
    axes.barh(range(len(found)), [e.cost for e in found], color="0.85", label="forwards")
    base = unit(found)
    paced = [(mean(e.pace) / base, i) for i, e in enumerate(found) if base and e.pace]
    if paced:
        axes.scatter(*zip(*paced), color="tab:orange", s=12, zorder=3, label="time, measured")
    axes.set_title("an update, over flow matching's", fontsize=8)
    _ruled(axes)


def _legend(figure: Any, axes: Any, place: str) -> None:
    handles, labels = axes.get_legend_handles_labels()
    figure.legend(handles, labels, loc=place, fontsize=7, ncols=len(labels), frameon=False)


def _logarithmic(axes: Any) -> None:
    from matplotlib.ticker import LogLocator, NullLocator, StrMethodFormatter

    axes.set_xscale("log")
    axes.xaxis.set_major_locator(LogLocator(subs=(1, 2, 3, 5, 7)))
    axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
    axes.xaxis.set_minor_locator(NullLocator())


def _ruled(axes: Any) -> None:
    axes.grid(axis="y", color="0.93", linewidth=0.6)
    axes.set_axisbelow(True)
    axes.tick_params(labelsize=7)
    axes.tick_params(which="minor", labelbottom=False)
