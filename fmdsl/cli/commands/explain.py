"""`fmdsl explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from fmdsl.cli.output import columns


def run(
    code: Annotated[
        str | None, typer.Argument(help="A code such as E0301; without one, all.")
    ] = None,
) -> None:
    """The manual page of a fault: what is wrong, why it matters, and the mend."""
    from fmdsl.checks import CODES, explain

    if code is None:
        print(columns((c, explain(c).strip().splitlines()[0]) for c in CODES))
        return
    try:
        print(explain(code).strip())
    except KeyError as error:
        typer.echo(f"error: {error.args[0]}", err=True)
        raise typer.Exit(2) from None
