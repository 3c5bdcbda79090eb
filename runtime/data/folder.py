"""A folder of pictures; its subfolders are the classes."""

from __future__ import annotations

import warnings
from pathlib import Path

import numpy as np
from PIL import Image, ImageOps

from fmdsl.runtime.data.arrays import Array, examples
from fmdsl.runtime.data.data import Data, DataError, Examples, Source

SUFFIXES = frozenset({".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff"})


def load(
    path: str | Path,
    size: int | None = None,
    grey: bool = False,
    skip_bad: bool = False,
    held_out: float = 0.1,
) -> Data:
    """Every picture below `path`, decoded before training starts, `[3, H, W]` in [-1, 1].

    `size` crops to the centred square and resizes; without it all pictures must be alike.
    `grey` gives `[1, H, W]`. A picture that cannot be decoded is an error that names it,
    or is left out with a warning under `skip_bad`.
    """
    root = Path(path)
    files = _files(root)
    arrays: list[Array] = []
    kept: list[Path] = []
    for file in files:
        try:
            arrays.append(_decode(file, size, grey))
            kept.append(file)
        except DataError as fault:
            if not skip_bad:
                raise
            warnings.warn(f"left out: {fault.message}", stacklevel=2)
    if not arrays:
        raise DataError(f"no picture in `{root}` can be read", "check the files")
    _check_alike(kept, arrays)
    return _labelled(root, kept, np.stack(arrays), held_out)


def _files(root: Path) -> list[Path]:
    if not root.is_dir():
        raise DataError(f"no folder `{root}`", "check the path")
    files = sorted(p for p in root.rglob("*") if p.suffix.lower() in SUFFIXES and p.is_file())
    if not files:
        raise DataError(
            f"no pictures in `{root}`", f"put files of type {', '.join(sorted(SUFFIXES))} there"
        )
    return files


def _decode(file: Path, size: int | None, grey: bool) -> Array:
    try:
        with Image.open(file) as opened:
            picture = opened.convert("L" if grey else "RGB")
    # Pillow's decoders raise what they like on damaged files, SyntaxError among them.
    except Exception as fault:
        raise DataError(
            f"{file} cannot be read as a picture: {fault}",
            "remove or repair the file, or leave bad files out with `--skip-bad` (skip_bad=True)",
        ) from fault
    if size is not None:
        picture = ImageOps.fit(picture, (size, size), Image.Resampling.LANCZOS)
    array = np.asarray(picture, dtype=np.uint8)
    return array[None] if grey else np.moveaxis(array, -1, 0)


def _check_alike(files: list[Path], arrays: list[Array]) -> None:
    for file, array in zip(files, arrays, strict=True):
        if array.shape != arrays[0].shape:
            raise DataError(
                f"pictures differ in size: {files[0]} is {_size(arrays[0])}, "
                f"{file} is {_size(array)}",
                "give `size=32` to crop and resize them all",
            )


def _labelled(root: Path, files: list[Path], pixels: Array, held_out: float) -> Data:
    folders = [f.relative_to(root).parts[0] if f.parent != root else "" for f in files]
    names = sorted(set(folders))
    if len(names) == 1:
        return examples(root.name, pixels, None, held_out)
    if "" in names:
        stray = files[folders.index("")]
        raise DataError(
            f"{stray} lies beside class folders", "move it into one, or remove the folders"
        )
    labels = np.array([names.index(f) for f in folders])
    data = examples(root.name, pixels, labels, held_out)
    assert isinstance(data, Examples)
    return Examples(data.name, data.train, data.test, len(names), tuple(names))


def _size(array: Array) -> str:
    return f"{array.shape[2]} x {array.shape[1]}"


def _reads(path: Path) -> bool:
    return path.is_dir() and not any(path.glob("*idx3*"))


folder = Source("folder", "a folder of pictures, one subfolder per class", load, _reads)
