"""`fmdsl verify`."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from fmdsl.cli.output import Refused, columns, print_json, style
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read
from fmdsl.syntax.render import render_all

if TYPE_CHECKING:
    from fmdsl.oracle import Measurement
    from fmdsl.proofs.verify import Report

#: Verdicts of a proof beside which a measured bias is no contradiction.
_OPEN = ("proved in the limit", "not decided")


def run(
    specs: Annotated[list[str], typer.Argument(help="Names of shipped specs, or files.")],
    steps: Annotated[bool, typer.Option("--steps", help="Every derivation, line by line.")] = False,
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
    html: Annotated[
        Path | None, typer.Option("--html", help="Write a page with the proofs.")
    ] = None,
    oracle: Annotated[
        bool, typer.Option("--oracle", help="Measure the compiled program at the truth, too.")
    ] = False,
) -> None:
    """Prove what a spec claims: one line for each obligation, its verdict and its reason."""
    from fmdsl.proofs.html import page
    from fmdsl.proofs.report import as_json, lines
    from fmdsl.proofs.verify import verify_all

    found: dict[str, Report] = {}
    for name in specs:
        try:
            found[name] = verify_all(read(name))
        except Fault as fault:
            print(render_all(fault.diagnostics, style(sys.stderr)), file=sys.stderr)
            continue
        if not json:
            print("\n".join(lines(found[name], steps, style(sys.stdout))))
    rows = {name: _measured(name, report, json) for name, report in found.items() if oracle}
    if json:
        told = [as_json(report) for report in found.values()]
        measured = [[asdict(r) | {"span": None} for r in rows[n]] for n in rows]
        print_json([t | {"oracle": m} for t, m in zip(told, measured)] if oracle else told)
    if html is not None:
        _write(html, page(list(found.values())))
    refused = len(found) < len(specs) or any(r.is_refused for r in found.values())
    refused |= any(_refuted(report, rows.get(name, ())) for name, report in found.items())
    raise typer.Exit(int(refused))


def _measured(name: str, report: Report, quiet: bool) -> tuple[Measurement, ...]:
    """What the oracle measures of a spec that the checks accept."""
    if any(d.severity == "error" for d in report.faults):
        return ()
    from fmdsl.compiler import compile
    from fmdsl.oracle import measure

    rows = measure(read(name), compile, derivative="exact")
    if not quiet:
        print(f"\n{report.name} on the oracle: the closed form in place of every net")
        table = ((f"  {r.verdict}", r.law, f"{r.group}: {r.quantity}: {r.reason}") for r in rows)
        print(columns(table))
    return rows


def _refuted(report: Report, rows: tuple[Measurement, ...]) -> bool:
    """Whether the oracle refutes what no proof holds open.

    A bias that a proof gives an order, or leaves undecided, is told and refuses nothing.
    """
    open_ = {v.subject.split(":")[0] for v in report.verdicts if v.kind in _OPEN}
    return any(r.verdict == "refuted" and r.group not in open_ for r in rows)


def _write(path: Path, text: str) -> None:
    try:
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise Refused(f"error: {path} cannot be written: {error.strerror}") from None
