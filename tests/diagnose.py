"""What fmdsl says of a spec: the one place where the tests ask for diagnostics."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.reader import read, read_text
from fmdsl.syntax.render import render_all

ACCEPTED = "accepted"


def diagnose(text: str, path: str = "spec.yaml") -> str:
    """The rendered diagnostics of a text, or `accepted`."""
    return _told(lambda: read_text(text, path))


def diagnose_file(path: Path) -> str:
    """The rendered diagnostics of a file, or `accepted`."""
    return _told(lambda: read(path))


def _told(read_it: Callable[[], object]) -> str:
    try:
        read_it()
    except Fault as fault:
        return render_all(fault.diagnostics)
    return ACCEPTED
