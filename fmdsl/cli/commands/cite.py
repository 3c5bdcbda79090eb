"""`fmdsl cite`."""

from __future__ import annotations

from typing import Annotated

import typer

from fmdsl.cli.output import Refused
from fmdsl.semantics.header import bibtex
from fmdsl.syntax.reader import read


def run(spec: Annotated[str, typer.Argument(help="Name of a shipped spec, or a file.")]) -> None:
    """The paper of a method, as BibTeX."""
    try:
        print(bibtex(read(spec)))
    except ValueError:
        raise Refused(
            f"error: {spec} names no paper\n  help: begin its file with "
            "`# Title. Authors Year.` and give `paper: arXiv:NUMBER`"
        ) from None
