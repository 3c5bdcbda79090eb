"""A contact sheet: the one-step samples of every method on one page, real data first."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

Samples = np.ndarray[Any, np.dtype[Any]]
#: Pictures of a row, and panels of points in a row.
ROW, PANELS = 20, 6


def sheet(samples: Mapping[str, Samples], target: Path) -> Path | None:
    """One PNG of everything that was kept; None where it is no picture and no plane."""
    if not samples:
        return None
    first = next(iter(samples.values()))
    if first.dtype == np.uint8:
        _pictures(samples, target)
    elif first.ndim == 2 and first.shape[1] == 2:
        _planes(samples, target)
    else:
        return None
    return target


def strip(pictures: Samples, row: int = ROW, side: int = 24) -> Samples:
    """`[N, H, W, C]` bytes as rows of magnified pictures with a thin border, `[h, w, C]`."""
    times = max(1, side // pictures.shape[1])
    big = pictures.repeat(times, 1).repeat(times, 2)
    framed = np.pad(big, ((0, -len(big) % row), (1, 1), (1, 1), (0, 0)))
    _, high, wide, channels = framed.shape
    return framed.reshape(-1, row, high, wide, channels).swapaxes(1, 2).reshape(
        -1, row * wide, channels
    )  # fmt: skip


def cloud(axes: Any, points: Samples, real: Samples) -> None:
    """Points in the plane over the real ones, in the real ones' frame."""
    reach = 1.25 * float(np.abs(real.astype(np.float32)).max())
    axes.scatter(*real.T.astype(np.float32), s=1.0, color="0.8", linewidths=0)
    axes.scatter(*points.T.astype(np.float32), s=1.0, color="tab:blue", linewidths=0)
    axes.set(xlim=(-reach, reach), ylim=(-reach, reach), xticks=(), yticks=(), aspect="equal")


def _pictures(samples: Mapping[str, Samples], target: Path) -> None:
    from PIL import Image, ImageDraw

    rows = {name: strip(s[:ROW]) for name, s in samples.items()}
    high, wide, _ = next(iter(rows.values())).shape
    left = 170
    page = Image.new("RGB", (left + wide, high * len(rows)), "white")
    pen = ImageDraw.Draw(page)
    for i, (name, row) in enumerate(rows.items()):
        pen.text((6, i * high + high // 2 - 6), name, fill="black")
        page.paste(
            Image.fromarray(row.squeeze(-1) if row.shape[-1] == 1 else row), (left, i * high)
        )
    page.save(target, format="PNG", optimize=True)


def _planes(samples: Mapping[str, Samples], target: Path) -> None:
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot

    rows = -(-len(samples) // PANELS)
    figure, panels = pyplot.subplots(
        rows, PANELS, figsize=(1.6 * PANELS, 1.8 * rows), squeeze=False, layout="constrained"
    )
    real = samples.get("real data", next(iter(samples.values())))
    for axes in panels.flat:
        axes.axis("off")
    for axes, (name, points) in zip(panels.flat, samples.items()):
        axes.axis("on")
        cloud(axes, points, real)
        axes.set_title(name, fontsize=7)
    figure.savefig(target, dpi=90)
    pyplot.close(figure)
