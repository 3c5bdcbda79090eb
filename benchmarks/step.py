"""What one training step costs, as a ratio to one flow-matching step of the same net and batch.

Loss, backward, optimizer and moving average; each method as fmdsl compiles the shipped spec,
beside the official way of writing it and beside its floor in matrix products. One process,
one thread, round-robin; CPU time, since a shared machine's wall time says little, on CUDA wall
time between synchronisations. Results are written after every round.

    python benchmarks/step.py --size cpu --out benchmarks/results/step-cpu.json
    python benchmarks/step.py --size b2 --device cuda --bf16 --fused --compile --no-eager
"""

from __future__ import annotations

import argparse
import json
import platform
import sys
import time
from pathlib import Path
from typing import Any

import torch
from steps import explain, rows, show
from steps.size import SIZES, Size
from steps.step import Bench

torch.set_num_threads(1)


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--size", choices=list(SIZES), default="cpu")
    for name in ("width", "depth", "tokens", "batch"):
        add(f"--{name}", type=int, help="in place of the size's own")
    add("--device", default="cpu")
    add("--bf16", action="store_true", help="nets in bfloat16 by autocast")
    add("--fused", action="store_true", help="attention by torch's fused call")
    add("--compile", action="store_true", help="compiled steps as well")
    add("--mode", help="torch.compile's, such as reduce-overhead")
    add("--no-eager", action="store_true")
    add("--rows", nargs="*", default=[], help="parts of names of rows; the base is always in")
    add("--repeats", type=int, default=9, help="rounds")
    add("--inner", type=int, help="steps in a row on CUDA")
    add("--minutes", type=float, default=8.0, help="no row or round starts after so long")
    add("--explain-compile", action="store_true", help="where the time of compiling goes")
    add("--profile", action="store_true", help="the operators that take longest, by row")
    add("--out", type=Path)
    return parser.parse_args()


def main() -> None:
    """Make every row, then time them in turn."""
    told, started = arguments(), time.monotonic()
    size = _size(told)
    cuda = told.device.startswith("cuda")
    bench = Bench(size, told.mode)
    table = rows.chosen(told.rows, not told.no_eager, told.compile)
    head = {"machine": _machine(told.device), "args": _plain(told), "size": size.told, "rounds": 0}
    late = lambda: time.monotonic() - started > 60 * told.minutes  # noqa: E731
    for row in table:
        if late():
            row.fault = "not made: out of time"
            continue
        row.make(bench)
        _say(f"{row.name}: {row.fault or f'made, first call {row.warmed:.1f} s'}")
        if told.explain_compile and row.compiled:
            _say(explain.stages())
        if told.profile and row.step is not None:
            _say(explain.operators(row.step, cuda))
        _keep(told.out, head, table, size)
    for row in table:
        row.again()
    for _ in range(told.repeats):
        if late() and head["rounds"]:
            break
        for row in table:
            row.time(cuda, told.inner or 5)
        head["rounds"] += 1
        _say(f"round {head['rounds']} after {time.monotonic() - started:.0f} s")
        _keep(told.out, head, table, size)
    for result in rows.results(table, size.attention):
        _say(show.line(result))


def _size(told: argparse.Namespace) -> Size:
    names = ("width", "depth", "tokens", "batch")
    own = {name: getattr(told, name) for name in names if getattr(told, name)}
    given: dict[str, Any] = SIZES[told.size] | own
    return Size(**given, device=told.device, half=told.bf16, fused=told.fused)


def _keep(out: Path | None, head: dict[str, Any], table: list[rows.Row], size: Size) -> None:
    if out is not None:
        show.write(out, head, rows.results(table, size.attention))


def _say(text: str) -> None:
    print(text, flush=True)


def _plain(told: argparse.Namespace) -> dict[str, Any]:
    return json.loads(json.dumps({k: v for k, v in vars(told).items() if k != "out"}))


def _machine(name: str) -> dict[str, str]:
    return {
        "torch": torch.__version__,
        "python": platform.python_version(),
        "device": _device(name),
    }


def _device(name: str) -> str:
    if name.startswith("cuda"):
        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((x.split(": ")[1] for x in lines if x.startswith("model name")), name)


if __name__ == "__main__":
    sys.exit(main())
