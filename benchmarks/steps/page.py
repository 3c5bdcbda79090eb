"""The part of the page that shows steps: tables made from the results, numbers never retyped.

Needs neither torch nor the package, so that a page can be checked anywhere.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .show import Result, read

RESULTS = Path(__file__).resolve().parents[1] / "results"
#: A setting's files (`step-NAME.json`, `step-NAME-PART.json`) and its title.
SETTINGS = {
    "cpu": "DiT on a CPU",
    "mlp": "MLP on a CPU",
    "gpu": "DiT on a GPU",
}
#: (what, method, compiled, the key, the bound).
TARGETS = (
    ("MeanFlow, 25 % off the diagonal, eager", "meanflow 25%", False, "ratio", 1.20),
    ("MeanFlow, 25 % off the diagonal, compiled", "meanflow 25%", True, "ratio", 1.12),
    ("MeanFlow, every row off, compiled", "meanflow 100%", True, "ratio", 1.40),
    ("TVM, compiled", "tvm_guided", True, "ratio", 3.80),
    ("peak memory, MeanFlow 25 %, eager", "meanflow 25%", False, "memory_ratio", 1.05),
    ("peak memory, MeanFlow every row off, eager", "meanflow 100%", False, "memory_ratio", 1.05),
)
HEAD = ("method", "written by", "floor", "products", "eager", "memory", "compiled", "memory")
#: On a GPU, beside wall time, how long its kernels ran.
BUSY = (*HEAD[:5], "kernels", "memory", "compiled", "kernels", "memory")


def steps() -> str:
    """Every setting that was measured: where, and what came out."""
    return "\n\n".join(part for name in SETTINGS for part in setting(name))


def setting(name: str) -> Iterator[str]:
    """A setting's heading, machine, picture and table."""
    files = found(name)
    if not files:
        return
    head, rows = read(files)
    yield f"### {SETTINGS[name]}"
    yield _told(head)
    if (RESULTS / f"step-{name}.png").exists():
        yield f"![training steps over a flow-matching step](results/step-{name}.png)"
    busy = any(r.get("busy_ratio") for r in rows)
    yield table(BUSY if busy else HEAD, rows_of(rows, busy))
    yield "Data: " + ", ".join(f"[{f.name}](results/{f.name})" for f in files) + "."
    faults = list(_faults(rows))
    if faults:
        yield "\n".join(faults)


def found(name: str) -> list[Path]:
    """The files of a setting."""
    files = {*RESULTS.glob(f"step-{name}.json"), *RESULTS.glob(f"step-{name}-*.json")}
    return sorted(files, key=lambda file: ("compiled" in file.name, file.name))


def rows_of(rows: list[Result], busy: bool = False) -> Iterator[tuple[str, ...]]:
    """One line for a method and a form: eager and compiled side by side."""
    by = {(r["method"], r["form"], r["compiled"]): r for r in rows}
    for method, form in dict.fromkeys((r["method"], r["form"]) for r in rows):
        pair = [by.get((method, form, how)) for how in (False, True)]
        known = next(r for r in pair if r is not None)
        name = f"**{form}**" if form == "fmdsl" else form
        keys = ("busy_ratio", "memory_ratio") if busy else ("memory_ratio",)
        cells = [c for r in pair for c in (_ratio(r), *(_number(r, key) for key in keys))]
        yield (method, name, f"{known['floor']:.2f}", _number(pair[0], "flops_ratio"), *cells)


def targets() -> str:
    """What was aimed at, and what the run on a CPU gave."""
    files = found("cpu")
    rows = read(files)[1] if files else []
    by = {(r["method"], r["compiled"]): r for r in rows if r["form"] == "fmdsl"}
    lines: list[tuple[str, ...]] = []
    for what, method, compiled, key, bound in TARGETS:
        value = by.get((method, compiled), {}).get(key)
        verdict = "not measured" if value is None else "met" if value <= bound else "**missed**"
        shown = "–" if value is None else f"{value:.3f}"
        lines.append((what, f"≤ {bound:.2f}", shown, verdict))
    return table(("step over a flow-matching step", "target", "measured", ""), lines)


def program() -> str:
    """A program against the same objective by hand, from `bench_program.py`."""
    found = json.loads((RESULTS / "program.json").read_text(encoding="utf-8"))
    cells = ((r["spec"], r["net"], _spread(r, "time"), f"{r['memory']:.2f}") for r in found["rows"])
    return table(("spec", "net", "time", "peak memory"), cells)


def attention() -> str:
    """The dual kernel's rates, from `attention.py`."""
    found = json.loads((RESULTS / "attention-gpu.json").read_text(encoding="utf-8"))
    head = ("batch, heads, tokens, size", "forward, TFLOP/s", "backward, TFLOP/s",
            "forward, ms", "by hand, ms", "plain flash forward, ms")  # fmt: skip
    keys = ("forward_tflops", "backward_tflops", "forward_ms", "by_hand_forward_ms",
            "flash_forward_ms")  # fmt: skip
    cells = (
        (", ".join(map(str, r["shape"])), *(f"{r[k]:.3g}" for k in keys)) for r in found["rows"]
    )
    return f"{found['device']}, torch {found['torch']}, bfloat16.\n\n" + table(head, cells)


def _spread(row: Result, key: str) -> str:
    low, _, high = row.get("quartiles", (None, None, None))
    spread = "" if low is None else f" [{low:.2f}, {high:.2f}]"
    return f"{row[key]:.2f}{spread}"


def table(head: tuple[str, ...], rows: Any) -> str:
    """A Markdown table."""
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, ["---"] * len(head), *rows))


def _told(head: dict[str, Any]) -> str:
    machine, args = head["machine"], head["args"]
    size = ", ".join(f"{k} {v}" for k, v in head.get("size", {}).items())
    precision = "bfloat16 by autocast" if args.get("bf16") else "float32"
    others = [
        f" On another {o['machine']['device']}, torch {o['machine']['torch']}, "
        f"{o['rounds']} rounds: [{o['file']}](results/{o['file']})."
        for o in head["others"]
    ]
    return (
        f"{machine['device']}, torch {machine['torch']}, {precision}; {size}; "
        f"medians of {head['rounds']} rounds or more, quartiles in brackets." + "".join(others)
    )


def _ratio(row: Result | None) -> str:
    if row is None or ("ratio" not in row and "fault" not in row):
        return ""
    if "fault" in row:
        return "stays eager" if "runs eagerly" in row["fault"] else "fails"
    low, high = row["quartiles"]
    return f"{row['ratio']:.2f} [{low:.2f}, {high:.2f}]"


def _number(row: Result | None, key: str) -> str:
    value = (row or {}).get(key)
    return "" if value is None else f"{value:.2f}"


def _faults(rows: list[Result]) -> Iterator[str]:
    for row in rows:
        if "fault" in row:
            how = "compiled" if row["compiled"] else "eager"
            told = row["fault"].split(". ")[0]
            yield f"- {row['method']}, {row['form']}, {how}: `` {told} ``"
