"""`fmdsl eval`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.options import Average, Device, Run, Seed, Steps, split_run
from fmdsl.cli.output import print_json
from fmdsl.cli.refusals import told


def run(
    run: Run,
    steps: Steps = "1,2,4",
    n: Annotated[int, typer.Option("--n", "-n", min=2, help="How many samples, at most.")] = 1000,
    metric: Annotated[list[str], typer.Option(help="Only these metrics.")] = [],  # noqa: B006
    seed: Seed = 0,
    out: Annotated[Path | None, typer.Option(help="A file, else RUN's metrics.json.")] = None,
    live: Average = False,
    device: Device = "auto",
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Measure a run's samples against held-out data; what real data get stands below."""
    folder, wanted = split_run(run, steps)
    with told():
        from fmdsl.cli.tables import print_scores
        from fmdsl.runtime.scores import save_scores
        from fmdsl.runtime.trained import load_trained

        trained = load_trained(folder, device, live=live)
        scores = trained.scores(wanted, n, metric or None, seed)
        file = out or folder / "metrics.json"
        save_scores(scores, trained.step, file)
        if json:
            print_json({"step": trained.step, **scores.as_data()})
            return
        print_scores(scores.as_data())
        print(f"wrote {file}")
