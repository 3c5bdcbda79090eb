"""`fmdsl sample`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.options import Average, Device, Run, Seed, numbers, settings, split_run
from fmdsl.cli.refusals import told


def run(
    run: Run,
    steps: Annotated[
        str | None, typer.Option(metavar="N...", help="Numbers of steps, else the spec's own.")
    ] = None,
    times: Annotated[
        str | None, typer.Option(metavar="T,...", help="The levels to visit: 1,0.5,0.")
    ] = None,
    n: Annotated[int, typer.Option("--n", "-n", min=1, help="How many samples.")] = 64,
    label: Annotated[int | None, typer.Option(help="One class; else every class in turn.")] = None,
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="FILE.png, .npy or .safetensors.")] = None,
    live: Average = False,
    solver: Annotated[
        str | None, typer.Option(help="For a velocity: euler, midpoint, heun, dopri5.")
    ] = None,
    gamma: Annotated[
        float, typer.Option(help="New noise at each level: 0 none, 1 restarts.")
    ] = 0.0,
    with_: Annotated[list[str], typer.Option("--with", help="A setting: scale=7.5.")] = [],  # noqa: B006
    device: Device = "auto",
) -> None:
    """Draw samples from a trained run: pictures, or arrays."""
    if times is not None and (steps is not None or len(run) > 1):
        raise typer.BadParameter("give --steps or --times, not both")
    folder, wanted = split_run(run, steps or "1")
    levels = None if times is None else numbers(times, "--times")
    with told():
        from fmdsl.runtime.trained import load_trained, save_samples

        trained = load_trained(folder, device, live=live, settings=settings(with_))
        counts = trained.counts(wanted)
        for count in counts if steps else (None,):
            samples = trained.samples(
                n, count, times=levels, label=label, seed=seed, solver=solver, gamma=gamma
            )
            many = len(counts) > 1 and count is not None
            target = _target(out or folder / "samples.png", count if many else None)
            print(save_samples(samples, trained.problem.data, target))


def _target(out: Path, steps: int | None) -> Path:
    """One file per number of steps where there are several: x_1.png, x_2.png."""
    return out if steps is None else out.with_name(f"{out.stem}_{steps}{out.suffix}")
