"""`fmdsl sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.options import Average, Device, Run, Seed, Steps, split_run
from fmdsl.cli.refusals import told


def run(
    run: Run,
    steps: Steps = "1",
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many samples.")] = 64,
    label: Annotated[int | None, typer.Option(help="One class; else every class in turn.")] = None,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="FILE.png, .npy or .safetensors.")] = None,
    live: Average = False,
    solver: Annotated[str | None, typer.Option(help="For a velocity: euler, heun, ...")] = None,
    device: Device = "auto",
) -> None:
    """Draw samples from a trained run: pictures, or arrays."""
    folder, wanted = split_run(run, steps)
    with told():
        from fmdsl.runtime.trained import load_trained, save_samples

        trained = load_trained(folder, device, live=live)
        counts = trained.counts(wanted)
        for count in counts:
            samples = trained.samples(n, count, label=label, seed=seed, solver=solver)
            target = _target(out or folder / "samples.png", count, many=len(counts) > 1)
            print(save_samples(samples, trained.problem.data, target))


def _target(out: Path, steps: int, *, many: bool) -> Path:
    """One file per number of steps where there are several: x_1.png, x_2.png."""
    return out.with_name(f"{out.stem}_{steps}{out.suffix}") if many else out
