"""Runs that take a second: a small perceptron on points in the plane."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fmdsl.runtime.config import Config
from fmdsl.runtime.config_text import change, load_config

SETS = (
    "data=mixture",
    "batch=16",
    "steps=12",
    "threads=1",
    "device=cpu",
    "log.every=4",
    "log.tensorboard=false",
    "log.progress=false",
    "sample.every=null",
    "sample.n=8",
    "sample.steps=[1]",
    "eval.at_end=false",
    "checkpoint.every=4",
)


def sets(*more: str, nets: tuple[str, ...] = ("u",)) -> list[str]:
    """What makes a run tiny, as `--set` takes it; later ones win."""
    sizes = [f"nets.{n}={{backbone: mlp, width: 8, depth: 1}}" for n in nets]
    return [*SETS, *sizes, *more]


def config(*more: str, nets: tuple[str, ...] = ("u",)) -> Config:
    """A tiny run's config."""
    return load_config(changes=[change(text) for text in sets(*more, nets=nets)])


def flags(*more: str, nets: tuple[str, ...] = ("u",)) -> list[str]:
    """A tiny run's command-line flags."""
    return [word for text in sets(*more, nets=nets) for word in ("--set", text)]


def final(folder: Path) -> dict[str, Any]:
    """The state of a run's newest checkpoint."""
    from fmdsl.runtime.folder import RunFolder

    return RunFolder(folder).last().state
