"""One run of a benchmark, in a process of its own: training, then what its samples are worth."""

from __future__ import annotations

import traceback
from pathlib import Path
from typing import Any

import numpy as np
from torch import Tensor

from fmdsl.runtime.bench.plan import KEPT, REFERENCE, STEPS, Job, pairs_file
from fmdsl.runtime.bench.tuned import PAIRED
from fmdsl.runtime.config_text import change, load_config
from fmdsl.runtime.data import load
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.journal import read_log
from fmdsl.runtime.metrics import evaluate, to_image
from fmdsl.runtime.pairs import save_pairs
from fmdsl.runtime.train import go_on, train
from fmdsl.runtime.trained import Trained, load_trained
from fmdsl.runtime.truth import to_truth
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.render import render_all

Row = dict[str, Any]
Samples = np.ndarray[Any, np.dtype[Any]]


def run(job: Job) -> tuple[Row, Samples | None]:
    """The row of a run, whatever became of it, and its one-step samples.

    A row holds `steps`, or `failed` with the reason, or `stopped` with the step.
    """
    row: Row = {"spec": job.spec, "seed": job.seed}
    try:
        stopped = _train(job)
        if stopped is not None:
            return row | {"stopped": stopped}, None
        row |= {"updates": job.updates, "seconds_an_update": _pace(job.folder)}
        return _measured(job, row) if job.measured else (row, None)
    except RunError as error:
        return row | {"failed": str(error)}, None
    except Fault as fault:
        return row | {"failed": render_all(fault.diagnostics)}, None
    except Exception:  # one method's fault must not end the others' runs
        return row | {"failed": traceback.format_exc(limit=-3)}, None


def is_done(folder: Path) -> bool:
    """Whether a run came to its end: its weights are exported last."""
    return any(RunFolder(folder).exported.glob("*.safetensors"))


def _train(job: Job) -> int | None:
    """Trains to the end, on from a checkpoint where one was cut; the step it was cut at."""
    if is_done(job.folder):
        return None
    folder = RunFolder(job.folder)
    if folder.holds_a_run and any(folder.checkpoints.glob("*")):
        ended = go_on(job.folder)
    else:
        if job.pairs is not None:
            save_pairs(load_trained(job.pairs, job.device), file=pairs_file(job.folder), **PAIRED)
        config = load_config(changes=map(change, job.changes))
        ended = train(job.source, job.folder, config, overwrite=True)
    return ended.step if ended.stopped else None


def _pace(folder: Path) -> float | None:
    """Seconds of an update, on average; the first lines, with compilation, are left out."""
    lines = [line for line in read_log(RunFolder(folder).log_file) if "seconds" in line][1:]
    if len(lines) < 2:
        return None
    first, last = lines[0], lines[-1]
    return (last["seconds"] - first["seconds"]) / (last["step"] - first["step"])


def _measured(job: Job, row: Row) -> tuple[Row, Samples | None]:
    trained = load_trained(job.folder, job.device)
    data = load(job.budget.data)
    count = min(job.budget.samples, len(next(iter(data.held_out.values()))))

    def scores(steps: int, solver: str | None = None) -> dict[str, float]:
        made = trained.samples(count, steps, seed=job.seed, solver=solver)
        return evaluate(made, data, cache=job.cache)

    row["steps"] = {str(k): scores(k) for k in trained.counts(STEPS)}
    sampler, (solver, steps) = trained.problem.e.sampler, REFERENCE
    if sampler is not None and sampler.kind == "velocity":
        row["reference"] = {"solver": solver, "steps": steps, **scores(steps, solver)}
    closed_form = to_truth(trained.problem, trained.nets)
    row |= {"closed_form": closed_form} if closed_form else {}
    return row, _to_look_at(trained)


def _to_look_at(trained: Trained) -> Samples:
    """One-step samples, small: `[40, H, W, C]` bytes of pictures, `[1000, ...]` halves else."""
    data = trained.problem.data
    return packed(trained.samples(KEPT[0 if data.is_image else 1], 1), data.is_image)


def packed(samples: Tensor, is_image: bool) -> Samples:
    """Samples as they are kept to be looked at."""
    return to_image(samples).numpy() if is_image else samples.half().numpy()
