"""What a person sees while a run trains: a bar with the losses by name, or plain lines."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

#: Where nobody watches a terminal, a line at most so often.
SECONDS = 10.0


class Bar:
    """A progress bar on a terminal; elsewhere a line every ten seconds; nothing if not shown."""

    def __init__(self, name: str, shown: bool) -> None:
        self.name, self.shown = name, shown
        self.console = Console(stderr=True, highlight=False)
        self.rich = self._bar() if shown and self.console.is_terminal else None
        self.task = self.rich.add_task(name, total=1.0, told="") if self.rich else None
        self.told = float("-inf")

    def show(self, step: int, progress: float, losses: Mapping[str, float]) -> None:
        """Where training stands."""
        text = "  ".join([f"step {step}", *(f"{n} {v:.4g}" for n, v in losses.items())])
        if self.rich is not None and self.task is not None:
            self.rich.update(self.task, completed=progress, told=text)
        elif self.shown and time.monotonic() - self.told > SECONDS:
            self.told = time.monotonic()
            self.say(f"{progress:4.0%}  {text}")

    def say(self, text: str) -> None:
        """A line above the bar."""
        if self.rich is not None:
            self.rich.console.print(text, markup=False, soft_wrap=True)
        elif self.shown:
            print(text, file=sys.stderr, flush=True)

    def __enter__(self) -> Bar:
        if self.rich is not None:
            self.rich.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.rich is not None:
            self.rich.stop()

    def _bar(self) -> Progress:
        columns = ("[progress.percentage]{task.percentage:>3.0f}%", "{task.fields[told]}")
        return Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            *map(TextColumn, columns),
            TimeElapsedColumn(),
            console=self.console,
        )
