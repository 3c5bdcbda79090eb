"""Checkpoints: one safetensors file each, complete or absent, the previous ones kept."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fmdsl.runtime.fault import RunError
from fmdsl.runtime.packing import apart, no_tensor, pack, unpack

#: Raise it when an older file can no longer be read.
FORMAT = "1"


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """What a file holds: the state of a run as one tree, and the file it came from."""

    state: dict[str, Any]
    path: Path


def write(path: Path, state: dict[str, Any]) -> None:
    """Writes `state`, a tree of tensors, numbers and text, so that `path` is whole or absent.

    Raises RunError where it cannot be written (a full disk); earlier files are untouched.
    """
    tensors: dict[str, Tensor] = {}
    tree = pack(state, "state", tensors)
    header = {"format": FORMAT, "state": json.dumps(tree)}
    contents = save(apart(tensors) or {"none": no_tensor()}, header)
    write_whole(path, contents, "checkpoint")


def read(path: Path) -> Checkpoint:
    """The checkpoint in `path`. Raises RunError for a file that is none, or is damaged."""
    try:
        with safe_open(path, "pt", device="cpu") as file:
            header: dict[str, str] = file.metadata() or {}
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
        if header["format"] != FORMAT:
            raise RunError(
                f"{path} has format {header['format']}; this version reads {FORMAT}",
                "use the version of fmdsl that wrote it",
            )
        return Checkpoint(unpack(json.loads(header["state"]), tensors), path)
    except (OSError, SafetensorError, KeyError, ValueError) as error:
        raise RunError(
            f"{path} is no checkpoint, or is damaged ({error})",
            "remove it to go on from the one before it",
        ) from None


def name_of(step: int) -> str:
    """`step-00001000.safetensors`."""
    return f"step-{step:08d}.safetensors"


def all_in(folder: Path) -> list[Path]:
    """The checkpoints of a folder, oldest first."""
    return sorted(folder.glob("step-*.safetensors"))


def newest(folder: Path) -> Path | None:
    """The last checkpoint that was written whole, or None."""
    found = all_in(folder)
    return found[-1] if found else None


def prune(folder: Path, keep: int) -> None:
    """Removes all but the newest `keep`, and what a killed writer left."""
    for old in all_in(folder)[:-keep]:
        old.unlink(missing_ok=True)
    for partial in folder.glob(".*.partial"):
        partial.unlink(missing_ok=True)


def write_whole(path: Path, contents: bytes, what: str) -> None:
    """Writes a file so that `path` holds all of `contents` or what it held before."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        _fill(partial, contents)
        os.replace(partial, path)
        _sync_folder(path.parent)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise RunError(_lost(path, what, error), "free some space, then go on") from error


def _lost(path: Path, what: str, error: OSError) -> str:
    before = newest(path.parent)
    kept = f"; {before.name} is intact" if before and what == "checkpoint" else ""
    return f"the {what} {path} could not be written: {error.strerror or error}{kept}"


def _fill(path: Path, contents: bytes, opened: Callable[..., Any] = open) -> None:
    with opened(path, "wb") as file:
        file.write(contents)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """A rename is on the disk when its folder is."""
    if os.name == "posix":
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
