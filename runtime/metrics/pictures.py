"""What a person looks at: grids of pictures, clouds in the plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from PIL import Image
from torch import Tensor

from fmdsl.runtime.metrics.metric import MetricError


def grid(samples: Tensor, path: str | Path, nrow: int = 10, least: int = 32) -> Path:
    """Pictures `[N, C, H, W]` in [-1, 1] as one PNG, `nrow` to a row.

    Small pictures are magnified by a whole number, to at least `least` pixels a side,
    each pixel a sharp square.
    """
    if samples.ndim != 4 or samples.shape[1] not in (1, 3) or not len(samples):
        raise MetricError(
            f"no grid can be made of shape {tuple(samples.shape)}",
            "give [N, 1, H, W] or [N, 3, H, W]; use `scatter` for points in the plane",
        )
    magnify = max(1, -(-least // min(samples.shape[2:])))
    sheet = _sheet(to_image(samples), nrow)
    picture = Image.fromarray(sheet.squeeze(-1).numpy())
    width, height = picture.size
    enlarged = picture.resize((width * magnify, height * magnify), Image.Resampling.NEAREST)
    return _save(enlarged, Path(path))


def to_image(samples: Tensor) -> Tensor:
    """`[N, C, H, W]` in [-1, 1] to `[N, H, W, C]` uint8; a value that is not finite is grey."""
    clean = samples.detach().float().cpu().nan_to_num(0.0, 0.0, 0.0).clamp(-1, 1)
    return ((clean + 1) * 127.5).round().to(torch.uint8).movedim(1, -1)


def scatter(samples: Tensor, path: str | Path, real: Tensor | None = None) -> Path:
    """Points `[N, 2]` as a PNG, over the real ones in grey if given."""
    import matplotlib

    matplotlib.use("Agg", force=False)
    from matplotlib import pyplot

    axes: Any
    figure, axes = pyplot.subplots(figsize=(5, 5), dpi=100)
    if real is not None:
        axes.scatter(*_plane(real), s=2, color="0.8", label="data")
    axes.scatter(*_plane(samples), s=2, color="tab:blue", label="samples")
    axes.set_aspect("equal")
    axes.legend(loc="upper right")
    target = Path(path)
    target.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(target)
    pyplot.close(figure)
    return target


def _plane(points: Tensor) -> tuple[Any, Any]:
    if points.ndim != 2 or points.shape[1] < 2:
        raise MetricError(
            f"no scatter plot can be made of shape {tuple(points.shape)}", "give points [N, 2]"
        )
    clean = points.detach().cpu()
    return clean[:, 0].numpy(), clean[:, 1].numpy()


def _sheet(images: Tensor, nrow: int) -> Tensor:
    """`[N, H, W, C]` uint8 as one `[rows (H + 2), nrow (W + 2), C]` with dark borders."""
    blank = (-len(images)) % nrow
    padded = torch.nn.functional.pad(images, (0, 0, 1, 1, 1, 1, 0, blank))
    rows = padded.unflatten(0, (-1, nrow)).permute(0, 2, 1, 3, 4)
    return rows.flatten(2, 3).flatten(0, 1)


def _save(picture: Image.Image, path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    picture.save(path, format="PNG")
    return path
