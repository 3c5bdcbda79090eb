"""Handwritten digits, real and offline: the 8 x 8 images that scikit-learn ships."""

from __future__ import annotations

from typing import Any

import torch

from fmdsl.runtime.data.data import HELD_OUT_SEED, Data, DataError, Examples, Source, split


def load(held_out: float = 0.5, seed: int = HELD_OUT_SEED) -> Data:
    """1797 digits, `[1, 8, 8]` in [-1, 1], ten classes; half of them held out.

    Optical Recognition of Handwritten Digits, UCI, E. Alpaydin and C. Kaynak, 1998.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as missing:
        raise DataError(
            "the digits come with scikit-learn, which is not installed",
            "pip install scikit-learn",
        ) from missing
    raw: Any = load_digits()
    pixels = torch.from_numpy(raw.images).float()[:, None] / 8 - 1
    fields = {"pixels": pixels, "label": torch.from_numpy(raw.target).long()}
    train, test = split(fields, held_out, seed)
    return Examples("digits", train, test, 10, tuple("0123456789"))


digits = Source("digits", "1797 handwritten digits of 8 x 8 pixels, 10 classes", load)
