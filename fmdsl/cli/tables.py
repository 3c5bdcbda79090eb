"""Metrics as a table: a row per number of steps, the floor of real data below."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table


def show_scores(file: Path) -> None:
    """The table of a metrics.json, if there is one."""
    if file.exists():
        print_scores(json.loads(file.read_text("utf-8")))


def print_scores(told: dict[str, Any]) -> None:
    """`{"steps": {"1": {...}, ...}, "floor": {...}}` on standard output."""
    names = list(told["floor"])
    table = Table()
    table.add_column("steps", justify="right")
    for name in names:
        table.add_column(name, justify="right")
    for steps, scores in told["steps"].items():
        table.add_row(steps, *(f"{scores[n]:.4g}" for n in names))
    table.add_section()
    table.add_row("real data", *(f"{told['floor'][n]:.4g}" for n in names))
    Console().print(table)
    for name, value in told.get("closed_form", {}).items():
        print(f"distance to the closed form, {name}: {value:.4g}")
