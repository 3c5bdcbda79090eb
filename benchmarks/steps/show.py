"""Results as lines, as a file, and as Markdown tables; needs no torch."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

Result = dict[str, Any]


def line(row: Result) -> str:
    """One row for a terminal."""
    name = f"{row['method']:16} {row['form']:14} {'compiled' if row['compiled'] else 'eager':9}"
    if "fault" in row:
        return f"{name} fails: {row['fault']}"
    if "ratio" not in row:
        return f"{name} not timed"
    low, high = row["quartiles"]
    busy = f"  kernels x{row['busy_ratio']:.3f}" if row.get("busy_ratio") else ""
    return (
        f"{name} {row['ms']:9.1f} ms  x{row['ratio']:.3f} [{low:.3f}, {high:.3f}]"
        f"  floor {row['floor']:.3f}  products x{row['flops_ratio'] or 0:.3f} ({row['products']})"
        f"  memory x{row['memory_ratio']:.2f}  first {row['first_call_s']:.0f} s" + busy
    )


def write(path: Path, head: dict[str, Any], rows: list[Result]) -> None:
    """The file, whole or as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    part.write_text(json.dumps(head | {"rows": rows}, indent=1), encoding="utf-8")
    part.replace(path)


def read(paths: Iterable[Path]) -> tuple[dict[str, Any], list[Result]]:
    """The rows of several files, of one setting: the first of each name counts.

    The head is the first file's; `others` in it are the heads of files from another machine.
    """
    head: dict[str, Any] = {}
    rows = dict[tuple[str, str, bool], Result]()
    for path in paths:
        found = json.loads(path.read_text(encoding="utf-8"))
        own = {k: v for k, v in found.items() if k != "rows"} | {"file": path.name}
        head = head or own | {"others": []}
        if own["machine"] == head["machine"]:
            head["rounds"] = min(head["rounds"], own["rounds"])
        else:
            head["others"].append(own)
        for row in found["rows"]:
            key = (row["method"], row["form"], row["compiled"])
            if "ratio" in row or key not in rows:
                rows.setdefault(key, row)
    return head, list(rows.values())
