"""One-step samples of each method, cut from what `fmdsl bench` kept."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from benchmarks.quality.page import RESULTS
from fmdsl.runtime.bench.sheet import Samples, cloud, strip

FOLDER = Path(__file__).resolve().parent / "gallery" / "pictures"


def write() -> None:
    """A picture per method and data set: two rows of digits and ten in a row, a cloud."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    for file in RESULTS.glob("quality_*_samples.npz"):
        data = file.stem.removeprefix("quality_").removesuffix("_samples")
        kept = dict(np.load(file, allow_pickle=False))
        for name in kept.keys() - {"real data"}:
            _write(FOLDER / f"{name}_{data}.png", kept[name], kept["real data"])
            if kept[name].dtype == np.uint8:
                _pixels(strip(kept[name][:10], row=10, side=16), FOLDER / f"{name}_{data}_row.png")


def _write(file: Path, samples: Samples, real: Samples) -> None:
    if samples.dtype == np.uint8:
        _pixels(strip(samples), file)
    else:
        _plane(samples, real, file)


def _pixels(image: Samples, file: Path) -> None:
    Image.fromarray(image.squeeze(-1) if image.shape[-1] == 1 else image).save(file, optimize=True)


def _plane(points: Samples, real: Samples, file: Path) -> None:
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(2.4, 2.4), layout="constrained")
    cloud(axes, points, real)
    figure.savefig(file, dpi=90)
    pyplot.close(figure)
