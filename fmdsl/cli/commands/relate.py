"""`fmdsl relate`."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

import typer

from fmdsl.cli.output import Refused, print_json
from fmdsl.cli.specs import accepted


def run(
    a: Annotated[str, typer.Argument(help="Name of a shipped spec, or a file.")],
    b: Annotated[str, typer.Argument(help="The other one.")],
    settings: Annotated[list[str] | None, typer.Option("--with", help="alpha=1")] = None,
    limit: Annotated[str | None, typer.Option("--limit", help="alpha=0")] = None,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Whether two objectives are equal, train alike, or meet in a limit; with the derivation."""
    from fmdsl.proofs.relate import relate
    from fmdsl.proofs.report import relation_json, relation_lines

    values = dict(_setting(text) for text in settings or [])
    to = None if limit is None else _setting(limit)
    found = relate(accepted(a, values), accepted(b, values), values, to)
    if json:
        print_json(relation_json(a, b, found))
    else:
        print("\n".join(relation_lines(a, b, found)))
    raise typer.Exit(int(not found.holds))


def _setting(text: str) -> tuple[str, Fraction]:
    name, _, value = text.partition("=")
    try:
        return name.strip(), Fraction(value.strip())
    except (ValueError, ZeroDivisionError):
        pass
    raise Refused(f"error: `{text}` is no setting; write it as `alpha=1`")
