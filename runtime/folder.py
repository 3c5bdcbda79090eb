"""A run's folder: what was asked, what came of it, and where to go on from."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from fmdsl.runtime.checkpoint import Checkpoint, newest, read
from fmdsl.runtime.config import Config
from fmdsl.runtime.config_text import load_config
from fmdsl.runtime.fault import RunError


@dataclass(frozen=True, slots=True)
class RunFolder:
    """`runs/demo`: config.yaml, spec.yaml, log.jsonl, checkpoints/, pictures and metrics."""

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / "config.yaml"

    @property
    def spec_file(self) -> Path:
        """The spec the run was started with, whole: a variant with its base applied."""
        return self.path / "spec.yaml"

    @property
    def log_file(self) -> Path:
        return self.path / "log.jsonl"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.json"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def given(self) -> Path:
        """Weights that the run was given: teachers and frozen nets, one file each."""
        return self.path / "given"

    @property
    def exported(self) -> Path:
        """Averaged weights as plain safetensors, one file per net."""
        return self.path / "export"

    @property
    def holds_a_run(self) -> bool:
        return self.config_file.exists() or newest(self.checkpoints) is not None

    def begin(self, overwrite: bool) -> None:
        """An empty folder for a new run. Raises RunError where one is already there."""
        if self.path.exists() and not self.path.is_dir():
            raise RunError(f"{self.path} is a file", "choose another folder with --out")
        if self.holds_a_run and not overwrite:
            raise RunError(
                f"{self.path} already holds a run",
                f"go on with `fmdsl train --out {self.path} --resume`, "
                "choose another --out, or give --overwrite",
            )
        if self.holds_a_run:
            self._clear()
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise RunError(
                f"{self.path} cannot be made: {error.strerror}", "choose --out"
            ) from None

    def config(self) -> Config:
        """The config the run was started with. Raises RunError where there is no run."""
        if not self.config_file.exists():
            raise RunError(
                f"{self.path} holds no run: it has no config.yaml",
                f"start one with `fmdsl train SPEC --out {self.path}`",
            )
        return load_config(self.config_file)

    def last(self) -> Checkpoint:
        """The newest checkpoint. Raises RunError where there is none."""
        found = newest(self.checkpoints)
        if found is None:
            raise RunError(
                f"{self.path} holds no checkpoint",
                f"start anew with `fmdsl train SPEC --out {self.path} --overwrite`",
            )
        return read(found)

    def _clear(self) -> None:
        """Removes what a run writes, and nothing that someone else put there."""
        for name in ("checkpoints", "given", "export", "tensorboard", "samples", ".cache"):
            shutil.rmtree(self.path / name, ignore_errors=True)
        for pattern in ("config.yaml", "spec.yaml", "log.jsonl", "metrics*", "samples_*.png"):
            for file in self.path.glob(pattern):
                file.unlink()
