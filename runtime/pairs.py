"""Pairs of noise and sample along a trained flow: the data of a further round of rectified flow."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np

from fmdsl.lowering.sampler import FRESH
from fmdsl.runtime.checkpoint import write_whole
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.sampling import starting_noise, wanted_labels
from fmdsl.runtime.trained import Trained


def save_pairs(
    trained: Trained,
    n: int,
    file: Path,
    *,
    steps: int | None = None,
    solver: str | None = None,
    seed: int = 0,
) -> Path:
    """`n` samples `x`, the standard noise `e` each came from, and their labels `y`, as an .npz.

    Only the two ends are kept: the path of the next round is straight between them (Liu et al.
    2023, Section 2.2). A run on them is measured against pairs that are held out, not against
    the data of the round before. The file is whole or absent. Raises RunError for a method
    whose samples are not a function of their noise, or that has no sampler.
    """
    _check_rule(trained)
    if file.suffix != ".npz":
        raise RunError(f"{file} is no file that pairs go into", "name an .npz")
    data, nets = trained.problem.data, trained.nets
    like = next(iter(next(iter(nets.values())).parameters()))
    labels = wanted_labels(data, n, None)
    found: dict[str, Any] = {
        "x": trained.samples(n, steps, solver=solver, seed=seed).numpy(),
        "e": starting_noise(data, n, seed, like.dtype).float().numpy(),
    }
    if labels is not None:
        found["y"] = labels.numpy()
    contents = io.BytesIO()
    np.savez(contents, **found)
    write_whole(file, contents.getvalue(), "pairs")
    return file


def _check_rule(trained: Trained) -> None:
    trained.counts((1,))
    sampler = trained.problem.program.sampler
    if any(name in FRESH for name in sampler.kinds):
        raise RunError(
            f"the samples of `{trained.problem.e.spec.name}` depend on new noise at each step",
            "pairs come from a flow: a run of `rectified_flow`, or of a flow map",
        )
