"""From raw arrays to checked tensors: what every file format has in common."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from fmdsl.runtime.data.data import Batch, Data, DataError, Examples, split

Array = np.ndarray[Any, np.dtype[Any]]


def examples(
    name: str, x: Array, y: Array | None, held_out: float, noise: Array | None = None
) -> Data:
    """A finite data set from points, labels and noise, checked: shapes, dtypes, NaN, counts.

    Points `[N, D]` are vectors; `[N, H, W]`, `[N, C, H, W]` and `[N, H, W, 3]` are images.
    uint8 images are scaled to [-1, 1] when read; other numbers are taken as they are.
    """
    points = _points(name, x)
    fields: Batch = {"pixels" if points.ndim == 4 else "points": torch.from_numpy(points)}
    classes = None
    if y is not None:
        labels = _labels(name, y, len(points))
        classes = int(labels.max()) + 1
        fields["label"] = torch.from_numpy(labels)
    if noise is not None:
        fields["noise"] = torch.from_numpy(_noise(name, noise, points))
    train, test = split(fields, held_out)
    return Examples(name, train, test, classes)


def _points(name: str, x: Array) -> Array:
    if x.dtype.kind not in "fiub":
        raise DataError(f"{name}: points have dtype {x.dtype}", "save them as float32 or uint8")
    if x.ndim not in (2, 3, 4) or 0 in x.shape:
        raise DataError(
            f"{name}: points have shape {x.shape}",
            "give [N, D] vectors, or [N, H, W] or [N, C, H, W] images",
        )
    if x.ndim == 3:
        x = x[:, None]
    if x.ndim == 4 and x.shape[-1] in (1, 3) and x.shape[1] not in (1, 3):
        x = np.moveaxis(x, -1, 1)
    if x.dtype == np.uint8 and x.ndim == 4:
        return np.ascontiguousarray(x)
    x = np.ascontiguousarray(x, dtype=np.float32)
    _check_finite(name, x)
    return x


def _noise(name: str, e: Array, points: Array) -> Array:
    if e.shape != points.shape or e.dtype.kind != "f":
        raise DataError(
            f"{name}: noise has shape {e.shape} and dtype {e.dtype} for points of {points.shape}",
            "pair each point with noise of its own shape: `fmdsl pairs RUN --out pairs.npz`",
        )
    _check_finite(name, e)
    return np.ascontiguousarray(e, dtype=np.float32)


def _check_finite(name: str, x: Array) -> None:
    bad = ~np.isfinite(x.reshape(len(x), -1)).all(axis=1)
    if bad.any():
        raise DataError(
            f"{name}: {int(bad.sum())} of {len(x)} points are not finite, "
            f"the first at index {int(bad.argmax())}",
            "drop or repair them: `x = x[np.isfinite(x.reshape(len(x), -1)).all(1)]`",
        )


def _labels(name: str, y: Array, count: int) -> Array:
    if y.shape != (count,):
        raise DataError(
            f"{name}: labels have shape {y.shape} for {count} points",
            "give one label per point, [N]",
        )
    if y.dtype.kind not in "iub" or y.min() < 0:
        raise DataError(
            f"{name}: labels are not classes 0, 1, 2, ... (dtype {y.dtype})",
            "number the classes from 0: `np.unique(y, return_inverse=True)[1]`",
        )
    return y.astype(np.int64)
