"""Arrays saved by numpy: `x.npy`, or an `.npz` with `x` and perhaps `y` and `e`."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np

from fmdsl.runtime.data.arrays import Array, examples
from fmdsl.runtime.data.data import Data, DataError, Source


def load(path: str | Path, held_out: float = 0.1) -> Data:
    """Points `x`, and of an `.npz` labels `y` and noise `e` where it has them; a share held out.

    `e` is the noise that each point came from, as `fmdsl pairs` writes it: the field `noise`.
    Pickled objects are refused: an array file is data, never code.
    """
    path = Path(path)
    arrays = _arrays(path)
    if "x" not in arrays:
        raise DataError(
            f"{path.name} has no array `x`, only {', '.join(sorted(arrays)) or 'nothing'}",
            "save it with `np.savez(path, x=points, y=labels)`",
        )
    return examples(path.name, arrays["x"], arrays.get("y"), held_out, arrays.get("e"))


def _arrays(path: Path) -> dict[str, Array]:
    try:
        loaded = np.load(path, allow_pickle=False)
        if isinstance(loaded, np.ndarray):
            return {"x": loaded}
        with loaded:
            return {name: loaded[name] for name in loaded.files}
    except FileNotFoundError as missing:
        raise DataError(f"no file `{path}`", "check the path") from missing
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as fault:
        raise DataError(
            f"{path} cannot be read as numpy arrays: {fault}",
            "write it again with `np.save` or `np.savez`, without Python objects",
        ) from fault


def _reads(path: Path) -> bool:
    return path.is_file() and path.suffix.lower() in (".npy", ".npz")


npy = Source("npy", "a .npy file, or an .npz with x and perhaps y and e", load, _reads)
