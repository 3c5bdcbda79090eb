"""What a run leaves to read: log.jsonl, append-only, and TensorBoard beside it."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fmdsl.runtime.fault import RunError


class Journal:
    """One JSON object per line, each with its step; numbers go to TensorBoard too.

    A run that goes on from a checkpoint writes some steps again: the last line of a step
    is the one that counts.
    """

    def __init__(self, file: Path, tensorboard: Path | None, step: int = 0) -> None:
        self.file = file
        _end_last_line(file)
        self.board: Any = None
        if tensorboard is not None:
            from torch.utils.tensorboard import SummaryWriter

            purge = step + 1 if step else None
            self.board = SummaryWriter(str(tensorboard), purge_step=purge)

    def write(self, step: int, **what: Any) -> None:
        """Appends one line; nested numbers are scalars named by their path."""
        line = json.dumps({"step": step, **what}, ensure_ascii=False) + "\n"
        try:
            with self.file.open("a", encoding="utf-8") as opened:
                opened.write(line)
        except OSError as error:
            raise RunError(
                f"{self.file} cannot be written: {error.strerror}", "free some space, then go on"
            ) from None
        if self.board is not None:
            for name, value in _scalars(what):
                self.board.add_scalar(name, value, step)

    def picture(self, name: str, file: Path, step: int) -> None:
        """A PNG, shown in TensorBoard."""
        if self.board is not None:
            import numpy as np
            from PIL import Image

            pixels = np.asarray(Image.open(file).convert("RGB"))
            self.board.add_image(name, pixels, step, dataformats="HWC")

    def close(self) -> None:
        if self.board is not None:
            self.board.close()


def read_log(file: Path) -> list[dict[str, Any]]:
    """The lines of a log in the order of their steps, the last one of each kind and step."""
    kept: dict[tuple[int, str], dict[str, Any]] = {}
    for text in file.read_text("utf-8").splitlines() if file.exists() else ():
        try:
            line = json.loads(text)
        except json.JSONDecodeError:
            continue
        kind = next((k for k in line if k not in ("step", "seconds")), "")
        kept.pop((line["step"], kind), None)
        kept[line["step"], kind] = line
    return sorted(kept.values(), key=lambda line: line["step"])


def _scalars(value: Any, name: str = "") -> Iterator[tuple[str, float]]:
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _scalars(inner, f"{name}/{key}" if name else str(key))
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        yield name, float(value)


def _end_last_line(file: Path) -> None:
    """A writer that was killed may have left half a line: the next one starts anew."""
    if file.exists() and file.stat().st_size:
        with file.open("rb+") as opened:
            opened.seek(-1, os.SEEK_END)
            if opened.read(1) != b"\n":
                opened.write(b"\n")
