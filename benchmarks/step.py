"""What one training step costs, as a ratio to one flow-matching step of the same net and batch.

One process, one thread, round-robin; CPU time (`process_time`), since a shared machine's wall
time says little; medians with the interquartile range. On CUDA: wall time between events.
Peak memory is the allocator's, above what stood before the step.

    python benchmarks/step.py --net dit --depth 6 --repeats 9 --out benchmarks/results/step.json
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import platform
import statistics
import time
from pathlib import Path
from typing import Any

import torch
from step_nets import MLP, DiT, Half, Loss, Setting
from torch import nn

from fmdsl.lowering.compiled import compiled
from fmdsl.lowering.derivatives import Exact, FiniteDifference, Traced


def variants(s: Setting, with_compiler: bool) -> dict[str, Loss]:
    quarter = s.z.shape[0] // 4
    traced, exact = Traced(), Exact()
    found: dict[str, Loss] = {
        "flow matching": s.fm,
        "meanflow, recorded then detached (py-meanflow)": s.recorded,
        "meanflow, no_grad jvp + forward (FastGen)": s.apart,
        "meanflow, exact": s.meanflow(exact),
        "meanflow, traced, unfolded": s.meanflow(Traced(folded=False)),
        "meanflow, traced": s.meanflow(traced),
        "meanflow, central difference": s.meanflow(FiniteDifference()),
        "meanflow, one-sided difference": s.meanflow(FiniteDifference(side="forward")),
        "meanflow 25%, traced": s.meanflow(traced, quarter),
        "meanflow 50%, traced": s.meanflow(traced, 2 * quarter),
        "meanflow 75%, traced": s.meanflow(traced, 3 * quarter),
        "through the derivative, stock jvp": s.through_stock,
        "through the derivative, traced": s.through(traced),
    }
    if with_compiler:
        found |= {
            "compiled flow matching": torch.compile(s.fm, fullgraph=True),
            "compiled meanflow, stock (py-meanflow)": torch.compile(s.recorded, fullgraph=True),
            "compiled meanflow, folded": compiled(s.meanflow(exact)),
            "compiled meanflow 25%, folded": compiled(s.meanflow(exact, quarter)),
            "compiled through the derivative, folded": compiled(s.through(exact)),
        }
    return found


def step(net: nn.Module, loss: Loss) -> None:
    net.zero_grad(set_to_none=True)
    loss().backward()


def seconds(net: nn.Module, loss: Loss) -> float:
    if next(net.parameters()).is_cuda:
        torch.cuda.synchronize()
        before = time.perf_counter()
        step(net, loss)
        torch.cuda.synchronize()
        return time.perf_counter() - before
    before = time.process_time()
    step(net, loss)
    return time.process_time() - before


def peak(net: nn.Module, loss: Loss) -> int:
    """Bytes allocated at the worst moment of a step, gradients included."""
    net.zero_grad(set_to_none=True)
    gc.collect()
    if next(net.parameters()).is_cuda:
        torch.cuda.reset_peak_memory_stats()
        before = torch.cuda.memory_allocated()
        step(net, loss)
        return torch.cuda.max_memory_allocated() - before
    with torch.profiler.profile(profile_memory=True) as profile:
        step(net, loss)
    now = top = 0
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        now += event.nbytes()
        top = max(top, now)
    return top


def measure(s: Setting, losses: dict[str, Loss], repeats: int) -> list[dict[str, Any]]:
    times: dict[str, list[float]] = {name: [] for name in losses}
    for name, loss in list(losses.items()):
        try:
            step(s.net, loss)
        except RuntimeError as fault:  # torch's own forms fail on some devices: that is a result
            print(f"{name:52} fails: {str(fault).splitlines()[0]}")
            del losses[name], times[name]
    for _ in range(repeats):
        for name, loss in losses.items():
            times[name].append(seconds(s.net, loss))
    base = statistics.median(times["flow matching"])
    base_memory = peak(s.net, losses["flow matching"])
    rows: list[dict[str, Any]] = []
    for name, took in times.items():
        low, middle, high = statistics.quantiles(took, n=4)
        rows.append(
            {
                "step": name,
                "ms": 1e3 * middle,
                "iqr_ms": 1e3 * (high - low),
                "ratio": middle / base,
                "memory": peak(s.net, losses[name]) / base_memory,
                "products": products(s.net, losses[name]),
            }
        )
    if "compiled flow matching" in times:
        fast = statistics.median(times["compiled flow matching"])
        for row in rows:
            row["ratio_to_compiled"] = row["ms"] / (1e3 * fast)
    return rows


def products(net: nn.Module, loss: Loss) -> int:
    """Matrix products that one step launches."""
    with torch.profiler.profile() as profile:
        step(net, loss)
    names = ("aten::mm", "aten::addmm", "aten::bmm", "aten::baddbmm", "aten::convolution")
    return sum(event.count for event in profile.key_averages() if event.key in names)


def _device(name: str) -> str:
    if name.startswith("cuda"):
        return torch.cuda.get_device_name()
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    return next((x.split(": ")[1] for x in lines if x.startswith("model name")), name)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--net", choices=["dit", "mlp"], default="dit")
    parser.add_argument("--depth", type=int, default=6)
    parser.add_argument("--width", type=int, default=256)
    parser.add_argument("--tokens", type=int, default=64)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--bf16", action="store_true")
    parser.add_argument("--fused", action="store_true", help="attention by torch's fused call")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--only", default="", help="names that hold this text, and the base")
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    if told.net == "dit":
        net: nn.Module = DiT(told.width, told.depth, told.tokens, told.width // 64, told.fused)
        shape: tuple[int, ...] = (told.batch, told.tokens, 16)
    else:
        net, shape = MLP(), (told.batch, 64)
    setting = Setting(Half(net) if told.bf16 else net, shape, told.device)
    losses = {
        name: loss
        for name, loss in variants(setting, told.compile).items()
        if told.only in name or name.endswith("flow matching")
    }
    rows = measure(setting, losses, told.repeats)
    for row in rows:
        compiled_ratio = row.get("ratio_to_compiled", math.nan)
        print(
            f"{row['step']:52} {row['ms']:9.1f} ms ±{row['iqr_ms']:6.1f}  x{row['ratio']:.3f}"
            f"  memory x{row['memory']:.2f}  products {row['products']:4}  {compiled_ratio:.3f}"
        )
    if told.out is not None:
        machine = {
            "torch": torch.__version__,
            "machine": platform.machine(),
            "device": _device(told.device),
            "threads": 1,
        }
        args = {k: v for k, v in vars(told).items() if k != "out"}
        told.out.write_text(json.dumps({"machine": machine, "args": args, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
