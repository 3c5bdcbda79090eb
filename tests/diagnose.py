"""What fmdsl says of a spec: the one place where the tests ask for diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fmdsl.checks import check, check_text
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.render import render_all

ACCEPTED = "accepted"


def diagnose(text: str, path: str = "spec.yaml") -> str:
    """What reading alone says of a text: rendered diagnostics, or `accepted`."""
    return _told(lambda: read_text(text, path))


def diagnose_checked(text: str, path: str = "spec.yaml") -> str:
    """What reading and every check say of a text: rendered diagnostics, or `accepted`."""
    return render_all(check_text(text, path)) or ACCEPTED


def diagnose_file(path: Path) -> str:
    """What reading and every check say of a file: rendered diagnostics, or `accepted`."""
    try:
        spec = read(path)
    except Fault as fault:
        return render_all(fault.diagnostics)
    return render_all(check(elaborate_spec(spec))) or ACCEPTED


def _told(read_it: Callable[[], object]) -> str:
    try:
        read_it()
    except Fault as fault:
        return render_all(fault.diagnostics)
    return ACCEPTED
