"""IDX files, the format of MNIST: `train-images-idx3-ubyte`, also compressed with gzip."""

from __future__ import annotations

import gzip
import zlib
from math import prod
from pathlib import Path

import numpy as np

from fmdsl.runtime.data.arrays import Array, examples
from fmdsl.runtime.data.data import Data, DataError, Source

DTYPES = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}
"""Third byte of the magic number (yann.lecun.com/exdb/mnist): the type of the numbers."""


def load(path: str | Path, labels: str | Path | None = None, held_out: float = 0.1) -> Data:
    """Images of an IDX file, or of the folder that holds one, with their labels.

    Labels are read from `labels`, or from the file beside it whose name has `labels-idx1`
    where the images' name has `images-idx3`.
    """
    images = _images(Path(path))
    beside = Path(labels) if labels is not None else _labels_beside(images)
    y = None if beside is None else read(beside)
    return examples(images.name, read(images), y, held_out)


def read(path: Path) -> Array:
    """The array of one IDX file. Raises DataError when its header and size disagree."""
    raw = _bytes(path)
    if len(raw) < 4 or raw[:2] != b"\0\0" or raw[2] not in DTYPES or not raw[3]:
        raise DataError(f"{path} is not an IDX file", "an IDX file starts with 00 00 TYPE RANK")
    dtype, rank = np.dtype(DTYPES[raw[2]]), raw[3]
    start = 4 + 4 * rank
    shape = [int.from_bytes(raw[i : i + 4], "big") for i in range(4, start, 4)]
    if len(raw) != start + prod(shape) * dtype.itemsize:
        raise DataError(
            f"{path} is cut short or damaged: its header says {shape}, "
            f"which is not what its {len(raw)} bytes hold",
            "copy or download it again",
        )
    array = np.frombuffer(raw, dtype, offset=start).reshape(shape)
    return array.astype(dtype.newbyteorder("="))


def _bytes(path: Path) -> bytes:
    try:
        return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()
    except (OSError, EOFError, zlib.error) as fault:
        raise DataError(f"{path} cannot be read: {fault}", "copy or download it again") from fault


def _images(path: Path) -> Path:
    if not path.is_dir():
        return path
    found = sorted(path.glob("*images*idx3*"), key=lambda p: ("train" not in p.name, p.name))
    if not found:
        raise DataError(f"no IDX images in `{path}`", "name one file, e.g. images-idx3-ubyte.gz")
    return found[0]


def _labels_beside(images: Path) -> Path | None:
    stem = images.name.removesuffix(".gz").replace("images", "labels").replace("idx3", "idx1")
    candidates = (images.with_name(stem), images.with_name(stem + ".gz"))
    return next((p for p in candidates if p != images and p.exists()), None)


def _reads(path: Path) -> bool:
    if path.is_dir():
        return any(path.glob("*images*idx3*"))
    return "idx" in path.name or path.suffix == ".idx"


idx = Source("idx", "IDX files as MNIST uses them, also .gz", load, _reads)
