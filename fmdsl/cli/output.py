"""What commands print: results on standard output, faults on standard error."""

from __future__ import annotations

import json
import os
import sys
import warnings
from collections.abc import Iterable
from typing import Any, TextIO

from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.render import render_all
from fmdsl.syntax.style import Style, ansi, plain


class Refused(Exception):
    """A run that cannot go on, in words for the user: what, why, and what to do."""


def style(stream: TextIO) -> Style:
    """Colours where a person reads and has not asked for none."""
    wanted = stream.isatty() and "NO_COLOR" not in os.environ
    return ansi if wanted else plain


def refuse(diagnostics: Iterable[Diagnostic]) -> int:
    """Print faults; the exit code that goes with them."""
    print(render_all(diagnostics, style(sys.stderr)), file=sys.stderr)
    return 1


def warn(message: Warning | str, category: type[Warning], *place: Any, **rest: Any) -> None:
    """Print a warning for the user without the line of Python that gave it; others with it."""
    told = f"warning: {message}\n"
    if category is not UserWarning:
        told = warnings.formatwarning(message, category, *place[:2], line=rest.get("line"))
    sys.stderr.write(told)


def print_json(value: Any) -> None:
    """Data for a program."""
    print(json.dumps(value, ensure_ascii=False, indent=2))


def columns(rows: Iterable[tuple[str, ...]], gap: str = "  ") -> str:
    """Rows of text with aligned columns; the last column runs free."""
    table = list(rows)
    if not table:
        return ""
    widths = [max(len(row[i]) for row in table) for i in range(len(table[0]) - 1)]
    lines = (
        gap.join([*(cell.ljust(w) for cell, w in zip(row, widths, strict=False)), row[-1]])
        for row in table
    )
    return "\n".join(line.rstrip() for line in lines)
