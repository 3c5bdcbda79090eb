"""Arguments that commands about a trained run share."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Run = Annotated[list[str], typer.Argument(help="A run's folder.", metavar="RUN")]
Steps = Annotated[str, typer.Option(metavar="N...", help="Numbers of steps: --steps 1 2 4.")]
Seed = Annotated[int, typer.Option(help="Fixes the noise.")]
Average = Annotated[bool, typer.Option("--live", help="The weights, not their average.")]
Device = Annotated[str, typer.Option(help="auto, cpu, cuda, ...")]


def split_run(run: list[str], steps: str) -> tuple[Path, tuple[int, ...]]:
    """The folder, and the numbers of `--steps 1 2 4` or `--steps 1,2,4`.

    An option takes one word: the numbers after it arrive among the arguments.
    """
    folder, *more = run
    words = [word for text in (steps, *more) for word in text.split(",")]
    try:
        counts = tuple(int(word) for word in words)
    except ValueError:
        raise typer.BadParameter(
            f"`{' '.join(words)}` are not numbers of steps; give one run and `--steps 1 2 4`"
        ) from None
    return Path(folder), counts


def numbers(text: str, flag: str) -> tuple[float, ...]:
    """The numbers of `1,0.5,0`."""
    try:
        return tuple(float(word) for word in text.split(","))
    except ValueError:
        raise typer.BadParameter(f"`{text}` are no numbers: 1,0.5,0", param_hint=flag) from None


def settings(texts: list[str]) -> dict[str, float]:
    """The settings of `--with α=0.5`."""
    found: dict[str, float] = {}
    for text in texts:
        name, _, value = text.partition("=")
        try:
            found[name.strip()] = float(value)
        except ValueError:
            raise typer.BadParameter(f"`{text}` is no NAME=NUMBER", param_hint="--with") from None
    return found
