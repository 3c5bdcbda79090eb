"""`fmdsl bench`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.output import print_json
from fmdsl.cli.refusals import told

#: As --help names them: what all methods share.
_NET = typer.Option(help="An option of every net that reads a state: --net width=160.")
_OVERWRITE = typer.Option("--overwrite", help="Train these methods anew; all, if none is named.")
_MINUTES = typer.Option(min=0.1, help="Stop after so long; what is under way is saved.")


def run(
    specs: Annotated[
        list[str] | None, typer.Argument(help="Names of shipped specs, or files; else all shipped.")
    ] = None,
    data: Annotated[str, typer.Option(help="digits, mixture2d, or any other data.")] = "digits",
    forwards: Annotated[
        float, typer.Option(min=1, help="Forwards of the net that each method may train for.")
    ] = 4000,
    seeds: Annotated[int, typer.Option(min=1, help="How often each method is trained.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, help="Runs side by side, each a process.")] = 1,
    threads: Annotated[int, typer.Option(min=1, help="Threads of each run.")] = 1,
    minutes: Annotated[float | None, _MINUTES] = None,
    batch: Annotated[int, typer.Option(min=1, help="Examples of one forward.")] = 64,
    net: Annotated[list[str], _NET] = ["backbone=mlp", "width=160", "depth=3"],  # noqa: B006
    n: Annotated[int, typer.Option("--n", min=2, help="Samples that are measured.")] = 1000,
    device: Annotated[str, typer.Option(help="cpu, cuda, ...")] = "cpu",
    out: Annotated[Path, typer.Option(help="The folder of the runs.")] = Path("runs/bench"),
    results: Annotated[Path | None, typer.Option(help="Tables and pictures, else --out.")] = None,
    overwrite: Annotated[bool, _OVERWRITE] = False,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Train methods at one budget of net evaluations and tell their samples apart.

    A step costs what `compile --explain` says, derivatives included.
    Methods with a teacher are given one, trained at the same budget and not counted.
    Call it again after a cut: what is done is kept.
    Leaves quality_DATA.json, a plot and samples in --results.
    """
    with told():
        from fmdsl.runtime.bench.all import bench
        from fmdsl.runtime.bench.plan import Budget, Place

        budget = Budget(data, forwards, batch, tuple(net), n)
        place = Place(out, results or out, device, threads, jobs, minutes)
        found, whole = bench(specs or [], budget, place, seeds, overwrite, _say)
        if json:
            print_json(found)
        else:
            from fmdsl.runtime.bench.table import report

            print(report(found))
        raise typer.Exit(0 if whole else 1)


def _say(text: str) -> None:
    typer.echo(text, err=True)
