"""Faults of runs, in the words and exit codes of the command line."""

from __future__ import annotations

import os
from collections.abc import Generator
from contextlib import contextmanager

import typer

from fmdsl.cli.output import Refused


@contextmanager
def told() -> Generator[None]:
    """What a run refuses becomes a message: exit code 1, and 2 for a config that is none."""
    share_cores()
    from fmdsl.runtime.fault import ConfigError, RunError

    try:
        yield
    except ConfigError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except RunError as error:
        raise Refused(f"error: {error}") from None


def share_cores() -> None:
    """Threads wait for one another briefly, then sleep; before torch is imported.

    libgomp's default is to spin for milliseconds, and where other programs run on the same
    cores a thread then spins while the one it waits for is kept from running: seven times
    slower steps were seen.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", "3000")
