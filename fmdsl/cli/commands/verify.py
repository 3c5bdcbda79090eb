"""`fmdsl verify`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from fmdsl.cli.output import Refused, print_json, style
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read
from fmdsl.syntax.render import render_all


def run(
    specs: Annotated[list[str], typer.Argument(help="Names of shipped specs, or files.")],
    steps: Annotated[bool, typer.Option("--steps", help="Every derivation, line by line.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with the proofs.")
    ] = None,
) -> None:
    """Prove what a spec claims: one line for each obligation, its verdict and its reason."""
    from fmdsl.proofs.html import page
    from fmdsl.proofs.report import as_json, lines
    from fmdsl.proofs.verify import Report, verify_all

    found: list[Report] = []
    refused = False
    for name in specs:
        try:
            report = verify_all(read(name))
        except Fault as fault:
            print(render_all(fault.diagnostics, style(sys.stderr)), file=sys.stderr)
            refused = True
            continue
        found.append(report)
        if not json:
            errors = [d for d in report.faults if d.severity == "error"]
            if errors:
                print(render_all(errors, style(sys.stderr)), file=sys.stderr)
            print("\n".join(lines(report, steps)))
    if json:
        print_json([as_json(report) for report in found])
    if html is not None:
        _write(html, page(found))
    raise typer.Exit(int(refused or any(r.is_refused for r in found)))


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"error: {path} cannot be written: {error.strerror}") from None
