"""Faults of runs, in the words and exit codes of the command line."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager

import typer

from fmdsl.cli.output import Refused


@contextmanager
def told() -> Generator[None]:
    """What a run refuses becomes a message: exit code 1, and 2 for a config that is none."""
    from fmdsl.runtime.fault import ConfigError, RunError

    try:
        yield
    except ConfigError as error:
        typer.echo(f"error: {error}", err=True)
        raise typer.Exit(2) from None
    except RunError as error:
        raise Refused(f"error: {error}") from None
