"""`fmdsl explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from fmdsl.cli.output import columns


def run(
    code: Annotated[
        str | None,
        typer.Argument(help="A code such as E0301, or an obligation; without one, all codes."),
    ] = None,
) -> None:
    """The manual page of a fault: what is wrong, why it matters, and the mend."""
    from fmdsl.checks import CODES, explain
    from fmdsl.proofs.obligations import OBLIGATIONS

    if code is None:
        print(columns((c, explain(c).strip().splitlines()[0]) for c in CODES))
        return
    known = {o.name: o.manual for o in OBLIGATIONS}
    try:
        print(known[code.lower()] if code.lower() in known else explain(code).strip())
    except KeyError as error:
        typer.echo(f"error: {error.args[0]}", err=True)
        raise typer.Exit(2) from None
