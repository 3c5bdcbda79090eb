"""Data by name or path: `load("digits")`, `load("faces/", size=32)`, `load("x.npz")`."""

from __future__ import annotations

import inspect
from functools import cache
from pathlib import Path
from typing import Any

from fmdsl.catalog import members
from fmdsl.runtime.data.data import Batch, Data, DataError, Density, Examples, Source, split
from fmdsl.runtime.data.loader import Loader
from fmdsl.runtime.fault import meant

__all__ = [
    "Batch",
    "Data",
    "DataError",
    "Density",
    "Examples",
    "Loader",
    "Source",
    "available",
    "load",
    "split",
]


@cache
def available() -> dict[str, Source]:
    """Every kind of data by name: those of this folder and those joined by entry point."""
    return members(__name__, Source, "fmdsl.data")


def load(name_or_path: str | Path, **options: Any) -> Data:
    """Data by the name of its kind, or by a path whose kind is recognised.

    A kind that reads files also goes by name: `load("npy", path="x.npz")`. Raises DataError,
    with a remedy, for an unknown name or option, a missing path, or bad contents.
    """
    known = available()
    text = str(name_or_path)
    if text in known:
        source, given = known[text], options
    else:
        source, given = _of_path(Path(text)), {"path": Path(text), **options}
    _check_options(source, given)
    return source.load(**given)


def _of_path(path: Path) -> Source:
    if not path.exists():
        raise DataError(
            f"no data called `{path}`, and no such file or folder",
            meant(str(path), [*available()]),
        )
    for source in available().values():
        if source.reads is not None and source.reads(path):
            return source
    raise DataError(
        f"cannot tell what kind of data `{path}` is",
        "give a folder of images, a .npy or .npz file, or an IDX file",
    )


def _check_options(source: Source, options: dict[str, Any]) -> None:
    parameters = inspect.signature(source.load).parameters
    for option in options:
        if option not in parameters:
            raise DataError(
                f"data `{source.name}` has no option `{option}`", meant(option, [*parameters])
            )
    for name, parameter in parameters.items():
        if parameter.default is parameter.empty and name not in options:
            raise DataError(f"data `{source.name}` needs `{name}`", f"give `{name}=...`")
