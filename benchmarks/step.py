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
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from fmdsl.lowering.compiled import compiled
from fmdsl.lowering.derivatives import Derivative, Exact, FiniteDifference, Traced

Loss = Callable[[], Tensor]


def waves(t: Tensor, width: int) -> Tensor:
    speeds = torch.exp(torch.arange(width // 2, device=t.device) * (-math.log(1e4) * 2 / width))
    angles = t[:, None].float() * speeds
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class Block(nn.Module):
    """One adaLN block."""

    def __init__(self, d: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.heads, self.fused = heads, fused
        self.n1 = nn.LayerNorm(d, elementwise_affine=False)
        self.n2 = nn.LayerNorm(d, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.ada = nn.Linear(d, 6 * d)

    def attend(self, h: Tensor) -> Tensor:
        b, n, d = h.shape
        q, k, v = self.qkv(h).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            o = F.scaled_dot_product_attention(q, k, v)
        else:
            o = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, dim=-1) @ v
        return self.out(o.transpose(1, 2).reshape(b, n, d))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        s1, b1, g1, s2, b2, g2 = self.ada(F.silu(c))[:, None].chunk(6, dim=-1)
        h = h + g1 * self.attend(self.n1(h) * (1 + s1) + b1)
        x = self.n2(h) * (1 + s2) + b2
        return h + g2 * self.down(F.gelu(self.up(x), approximate="tanh"))


class DiT(nn.Module):
    """Patches of four numbers, as a sequence."""

    def __init__(self, d: int, depth: int, tokens: int, heads: int, fused: bool = False) -> None:
        super().__init__()
        self.enter = nn.Linear(16, d)
        self.place = nn.Parameter(torch.randn(tokens, d) * 0.02)
        self.when = nn.Sequential(nn.Linear(2 * d, d), nn.SiLU(), nn.Linear(d, d))
        self.blocks = nn.ModuleList([Block(d, heads, fused) for _ in range(depth)])
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        self.leave, self.d = nn.Linear(d, 16), d

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        c = self.when(torch.cat([waves(t, self.d), waves(t - r, self.d)], dim=-1))
        h = self.enter(z) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.leave(self.norm(h))


class MLP(nn.Module):
    """Eight Linears."""

    def __init__(self, width: int = 1024) -> None:
        super().__init__()
        self.enter = nn.Linear(64 + 64, width)
        self.middle = nn.ModuleList([nn.Linear(width, width) for _ in range(7)])
        self.leave = nn.Linear(width, 64)

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        h = self.enter(torch.cat([z, waves(t, 32), waves(t - r, 32)], dim=-1))
        for layer in self.middle:
            h = layer(F.silu(h))
        return self.leave(F.silu(h))


class Half(nn.Module):
    """A net in bfloat16 by autocast."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        with torch.autocast(z.device.type, dtype=torch.bfloat16):
            return self.net(z, r, t).float()


class Setting:
    """A net and one batch of it."""

    def __init__(self, net: nn.Module, shape: tuple[int, ...], device: str) -> None:
        self.net = net.to(device)
        self.x, self.e = (torch.randn(shape, device=device) for _ in range(2))
        self.t = torch.rand(shape[0], device=device) * 0.5 + 0.5
        self.r = self.t * torch.rand(shape[0], device=device)
        t = self.t.view(-1, *(1,) * (len(shape) - 1))
        self.z, self.v = (1 - t) * self.x + t * self.e, self.e - self.x

    def gap(self, rows: slice = slice(None)) -> Tensor:
        return (self.t - self.r)[rows].view(-1, *(1,) * (self.z.ndim - 1))

    def fm(self) -> Tensor:
        return (self.net(self.z, self.r, self.t) - self.v).square().sum()

    def meanflow(self, derivative: Derivative, off: int | None = None) -> Loss:
        """The first `off` rows have r != t; the others skip the derivative. None: all rows."""
        count = self.z.shape[0] if off is None else off
        a = [x[:count].clone() for x in (self.z, self.r, self.t, self.v)]
        b = [x[count:].clone() for x in (self.z, self.t, self.t, self.v)]
        gap, one = self.gap(slice(0, count)).clone(), torch.ones_like(a[2])

        def loss() -> Tensor:
            u, du = derivative(self.net, tuple(a[:3]), (a[3], None, one), record=False)
            total = (u - (a[3] - gap * du).detach()).square().sum()
            if count == self.z.shape[0]:
                return total
            return total + (self.net(b[0], b[1], b[2]) - b[3]).square().sum()

        return loss

    def recorded(self) -> Tensor:
        """As py-meanflow writes it: one dual call, whose tangent is detached afterwards."""
        with sdpa_kernel(SDPBackend.MATH):
            u, du = torch.func.jvp(lambda z, t: self.net(z, self.r, t), (self.z, self.t),
                                   (self.v, torch.ones_like(self.t)))
        return (u - (self.v - self.gap() * du).detach()).square().sum()

    def apart(self) -> Tensor:
        """As FastGen writes it: a dual call without a tape, then a forward."""
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            _, du = torch.func.jvp(lambda z, t, r: self.net(z, r, t), (self.z, self.t, self.r),
                                   (self.v, torch.ones_like(self.t), torch.zeros_like(self.r)))
        u = self.net(self.z, self.r, self.t)
        return (u - (self.v - self.gap() * du)).square().sum()

    def through(self, derivative: Derivative) -> Loss:
        """A terminal-velocity term: gradient flows through the derivative in r."""

        def loss() -> Tensor:
            u, du = derivative(self.net, (self.z, self.r, self.t),
                               (None, torch.ones_like(self.r), None), record=True)
            return (u - self.gap() * du - self.v).square().sum()

        return loss

    def through_stock(self) -> Tensor:
        with sdpa_kernel(SDPBackend.MATH):
            u, du = torch.func.jvp(lambda r: self.net(self.z, r, self.t), (self.r,),
                                   (torch.ones_like(self.r),))
        return (u - self.gap() * du - self.v).square().sum()


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
    for loss in losses.values():
        step(s.net, loss)
    for _ in range(repeats):
        for name, loss in losses.items():
            times[name].append(seconds(s.net, loss))
    base = statistics.median(times["flow matching"])
    base_memory = peak(s.net, losses["flow matching"])
    rows: list[dict[str, Any]] = []
    for name, took in times.items():
        low, middle, high = statistics.quantiles(took, n=4)
        rows.append({"step": name, "ms": 1e3 * middle, "iqr_ms": 1e3 * (high - low),
                     "ratio": middle / base, "memory": peak(s.net, losses[name]) / base_memory,
                     "products": products(s.net, losses[name])})
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
        net: nn.Module = DiT(told.width, told.depth, told.tokens, told.width // 64,
                              told.fused)
        shape: tuple[int, ...] = (told.batch, told.tokens, 16)
    else:
        net, shape = MLP(), (told.batch, 64)
    setting = Setting(Half(net) if told.bf16 else net, shape, told.device)
    losses = {name: loss for name, loss in variants(setting, told.compile).items()
              if told.only in name or name.endswith("flow matching")}
    rows = measure(setting, losses, told.repeats)
    for row in rows:
        compiled_ratio = row.get("ratio_to_compiled", math.nan)
        print(f"{row['step']:52} {row['ms']:9.1f} ms ±{row['iqr_ms']:6.1f}  x{row['ratio']:.3f}"
              f"  memory x{row['memory']:.2f}  products {row['products']:4}  {compiled_ratio:.3f}")
    if told.out is not None:
        machine = {"torch": torch.__version__, "machine": platform.machine(),
                   "device": _device(told.device), "threads": 1}
        args = {k: v for k, v in vars(told).items() if k != "out"}
        told.out.write_text(json.dumps({"machine": machine, "args": args, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
