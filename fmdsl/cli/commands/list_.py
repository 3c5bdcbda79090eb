"""`fmdsl list`."""

from __future__ import annotations

from typing import Annotated

import typer

from fmdsl.cli.output import columns, print_json
from fmdsl.semantics.header import header
from fmdsl.syntax.locate import shipped
from fmdsl.syntax.reader import read


def run(json: Annotated[bool, typer.Option("--json", help="As data.")] = False) -> None:
    """The specs that come with fmdsl, by family."""
    rows: list[dict[str, str]] = []
    for name, path in shipped().items():
        told = header(read(path))
        rows.append({
            "name": name, "family": path.parent.name, "paper": told.arxiv, "title": told.title,
            "authors": told.authors, "year": told.year,
        })  # fmt: skip
    rows.sort(key=lambda row: (row["family"], row["name"]))
    if json:
        print_json(rows)
    else:
        print(columns((r["family"], r["name"], r["paper"], r["title"]) for r in rows))
