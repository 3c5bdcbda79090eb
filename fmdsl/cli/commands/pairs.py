"""`fmdsl pairs`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.options import Average, Device, Seed
from fmdsl.cli.refusals import told


def run(
    run: Annotated[Path, typer.Argument(help="A run's folder.", metavar="RUN")],
    n: Annotated[int, typer.Option("--n", "-n", min=2, help="How many pairs.")] = 10000,
    out: Annotated[Path | None, typer.Option(help="A file.npz, else RUN/pairs.npz.")] = None,
    steps: Annotated[int | None, typer.Option(min=1, help="Steps, else the solver's own.")] = None,
    solver: Annotated[
        str | None, typer.Option(help="For a velocity: dopri5, heun, midpoint, euler.")
    ] = None,
    seed: Seed = 0,
    live: Average = False,
    device: Device = "auto",
) -> None:
    """Pair noise with the samples it flows to: the data of `reflow`."""
    with told():
        from fmdsl.runtime.pairs import save_pairs
        from fmdsl.runtime.trained import load_trained

        trained = load_trained(run, device, live=live)
        file = save_pairs(
            trained, n, out or run / "pairs.npz", steps=steps, solver=solver, seed=seed
        )
        print(f"wrote {file}: {n} pairs")
        print(f"next: fmdsl train reflow --data {file} --init v={run} --out {run}_reflow")
