"""`fmdsl check`."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from fmdsl.cli.output import print_json, style
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.reader import load
from fmdsl.syntax.render import render_all, to_json


def run(
    specs: Annotated[list[str], typer.Argument(help="Names of shipped specs, or files.")],
    json: Annotated[bool, typer.Option("--json", help="As data.")] = False,
) -> None:
    """Read specs and report every fault, each with its place, its reason and a remedy."""
    found = {name: _check(name) for name in specs}
    if json:
        print_json({name: [to_json(d) for d in faults] for name, faults in found.items()})
    else:
        for name, faults in found.items():
            _tell(name, faults)
    raise typer.Exit(int(any(d.severity == "error" for f in found.values() for d in f)))


def _check(name: str) -> tuple[Diagnostic, ...]:
    from fmdsl.checks import check_text
    from fmdsl.syntax.locate import locate

    try:
        source = load(locate(name))
    except Fault as fault:
        return fault.diagnostics
    return check_text(source.text, source.path)


def _tell(name: str, faults: tuple[Diagnostic, ...]) -> None:
    if faults:
        print(render_all(faults, style(sys.stderr)), file=sys.stderr)
    counts = {kind: sum(d.severity == kind for d in faults) for kind in ("error", "warning")}
    told = ", ".join(f"{n} {kind}{'s' * (n > 1)}" for kind, n in counts.items() if n)
    verdict = "refused" if counts["error"] else "accepted"
    print(f"{name}: {verdict}{f' ({told})' if told else ''}")
