"""What compiling costs: a spec to a program, a program's own overhead, and `program.compile()`.

Three tables. From a spec to a program, over small nets, torch imported before. A program on a
tiny perceptron against the same calls of the net and its derivative by hand: median of the
ratios, rounds interleaved. A program compiled whole, stage by stage as it goes, its loss and
gradient against the eager ones, and both times of a step with its backward.

    python benchmarks/bench_compile.py
    python benchmarks/bench_compile.py --only whole --device cuda --bf16 --depth 12 --width 768
"""

from __future__ import annotations

import argparse
import contextlib
import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.derivatives import Traced
from fmdsl.lowering.program import Program
from fmdsl.runtime.backbones import build
from fmdsl.runtime.preview import small_nets

Loss = Callable[[], Tensor]
Draws = Mapping[str, Tensor]


def clock(device: str) -> float:
    """Seconds: of this process's CPU, or of the wall behind a GPU."""
    if device == "cpu":
        return time.process_time()
    torch.cuda.synchronize()
    return time.perf_counter()


def programs(repeats: int = 5) -> None:
    """From a spec to a program."""
    print("| spec | spec to program, ms |\n| --- | --- |")
    for spec in ("meanflow", "tvm", "dmd2"):
        nets, took = small_nets(fmdsl.compiler.checked(spec)), list[float]()
        for _ in range(repeats):
            before = time.process_time()
            fmdsl.compile(spec, nets=nets)
            took.append(time.process_time() - before)
        print(f"| {spec} | {1e3 * statistics.median(took):.0f} |", flush=True)


class Tiny(nn.Module):
    """A perceptron so small that what surrounds it shows."""

    null_label = 10

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.label = nn.Embedding(11, width)
        self.enter, self.leave = nn.Linear(10, width), nn.Linear(width, 8)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, c: Tensor) -> Tensor:
        h = self.enter(torch.cat([z, r[:, None], t[:, None]], 1)) + self.label(c)
        return self.leave(torch.tanh(h))


def drawn_by_hand(x: Tensor, c: Tensor) -> Draws:
    """What MeanFlow draws: noise, two clocks, equal in the first three quarters of the rows."""
    e, n, k = torch.randn_like(x), len(x), 3 * len(x) // 4
    a, b = (torch.sigmoid(torch.randn(n) - 0.4) for _ in "rt")
    low, high = torch.minimum(a, b), torch.maximum(a, b)
    return {"x": x, "e": e, "r": torch.cat([high[:k], low[k:]]), "t": high, "c": c}


def by_hand(net: nn.Module, traced: Traced, d: Draws) -> Tensor:
    """MeanFlow (arXiv:2505.13447, Algorithm 1), its first three quarters on the diagonal."""
    x, e, r, t, c = (d[n] for n in ("x", "e", "r", "t", "c"))
    k, v = 3 * len(x) // 4, e - x
    z = (1 - t)[:, None] * x + t[:, None] * e
    along = (v[k:], None, torch.ones_like(t[k:]), None)
    u, slope = traced.split(net, (z, r, t, c), along)
    target = v - (t - r)[:, None] * torch.cat([torch.zeros_like(v[:k]), slope])
    error = (u - target.detach()).square().sum(1)
    return (error / (error + 0.01).detach()).mean()


def overhead(repeats: int, batch: int = 128) -> None:
    """A program against the same calls by hand, draws included and from the same seed."""
    inputs = ("point", "time", "time", "label")
    mlp = build("mlp", point_shape=(8,), inputs=inputs, outputs=("tangent",), classes=10)
    print("\n| net | by hand, ms | program / by hand | quartiles | loss gap | gradient gap |")
    print("| --- | --- | --- | --- | --- | --- |")
    for name, net in {"two linears of 64": Tiny(), "perceptron, as shipped": mlp}.items():
        program, traced = fmdsl.compile("meanflow", nets={"u": net}), Traced()
        x, c = torch.randn(batch, 8), torch.randint(0, 10, (batch,))
        ours: Loss = lambda: program((x, c))["u"]  # noqa: B023, E731
        theirs: Loss = lambda: by_hand(net, traced, drawn_by_hand(x, c))  # noqa: B023, E731
        (loss, back), (same, again) = seeded(net, ours), seeded(net, theirs)
        gaps = f"{abs(loss - same):.0e} | {(back - again).norm():.0e}"
        pairs = [(step(net, ours, "cpu", 20), step(net, theirs, "cpu", 20)) for _ in range(repeats)]
        low, ratio, high = statistics.quantiles((a / b for a, b in pairs), n=4)
        hand = 1e3 * statistics.median(b for _, b in pairs)
        print(f"| {name} | {hand:.2f} | {ratio:.3f} | {low:.3f}, {high:.3f} | {gaps} |", flush=True)


def seeded(net: nn.Module, loss: Loss) -> tuple[float, Tensor]:
    """The loss and its gradient from one seed; a first call makes what is made once."""
    for _ in "ab":
        torch.manual_seed(1)
        net.zero_grad(set_to_none=True)
        found = loss()
        found.backward()
    return found.item(), gradient(net)


def step(net: nn.Module, loss: Loss, device: str, times: int = 1) -> float:
    before = clock(device)
    for _ in range(times):
        net.zero_grad(set_to_none=True)
        loss().backward()
    return (clock(device) - before) / times


def whole(spec: str, args: argparse.Namespace) -> None:
    """A program compiled whole on a transformer."""
    device = args.device
    net = build(
        "dit", point_shape=(4, args.size, args.size), inputs=("point", "time", "time", "label"),
        outputs=("tangent",), classes=10, width=args.width, depth=args.depth,
        heads=max(1, args.width // 64), patch=2,
    ).to(device)  # fmt: skip
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    program = fmdsl.compile(spec, nets={"u" if spec == "meanflow" else "F": net})
    (group,) = program.objectives
    x = torch.randn(args.batch, 4, args.size, args.size, device=device)
    draws = program.draw((x, torch.randint(0, 10, (args.batch,), device=device)))

    def loss() -> Tensor:
        cast = torch.autocast(device, torch.bfloat16) if args.bf16 else contextlib.nullcontext()
        with cast:
            return program(x, draws=draws)[group]

    def told(what: str, number: str) -> None:
        print(f"| {spec} | {what} | {number} |", flush=True)

    told("eager, first step, s", f"{step(net, loss, device):.2f}")
    eager = statistics.median(step(net, loss, device) for _ in range(args.repeats))
    want = gradient(net)
    told("eager, ms", f"{1e3 * eager:.1f}")
    _compiled(program, net, loss, device, want, told, args)


def _compiled(
    program: Program,
    net: nn.Module,
    loss: Loss,
    device: str,
    want: Tensor,
    told: Callable[[str, str], None],
    args: argparse.Namespace,
) -> None:
    program.compile(backend=args.backend)
    before = time.perf_counter()
    step(net, loss, device)
    told("compiled, first step, s", f"{time.perf_counter() - before:.1f}")
    for stage, seconds in stages():
        told(f"of it, {stage}", f"{seconds:.1f}")
    fast = statistics.median(step(net, loss, device) for _ in range(args.repeats))
    told("compiled, ms", f"{1e3 * fast:.1f}")
    off = (gradient(net) - want).norm() / want.norm()
    told("gradient, compiled against eager", f"{off:.1e}")


def stages() -> list[tuple[str, float]]:
    """Where compilation went since the last call, longest first; stages hold one another."""
    metrics = torch._dynamo.utils.compilation_time_metrics  # pyright: ignore
    found = sorted(((sum(took), name) for name, took in metrics.items()), reverse=True)
    metrics.clear()
    return [(name, seconds) for seconds, name in found if seconds > 1][:12]


def gradient(net: nn.Module) -> Tensor:
    return torch.cat([p.grad.flatten() for p in net.parameters() if p.grad is not None])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=("program", "overhead", "whole"))
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--specs", nargs="+", default=["meanflow", "tvm"])
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--backend", default="inductor")
    parser.add_argument("--bf16", action="store_true")
    for name, default in {"depth": 2, "width": 128, "batch": 16, "size": 16}.items():
        parser.add_argument(f"--{name}", type=int, default=default)
    args = parser.parse_args()
    torch.manual_seed(0)
    if args.device == "cpu":
        torch.set_num_threads(1)
    if args.only in (None, "program"):
        programs()
    if args.only in (None, "overhead"):
        overhead(3 * args.repeats)
    if args.only in (None, "whole"):
        print(f"\n{net_said(args)}\n\n| spec | what | |\n| --- | --- | --- |")
        for spec in args.specs:
            whole(spec, args)


def net_said(args: argparse.Namespace) -> str:
    place = torch.cuda.get_device_name() if args.device == "cuda" else "one CPU thread"
    kind = "bfloat16 autocast" if args.bf16 else "float32"
    tokens = (args.size // 2) ** 2
    return (
        f"DiT, depth {args.depth}, width {args.width}, {tokens} tokens, batch {args.batch}, "
        f"{kind}; {place}, torch {torch.__version__}, backend {args.backend}"
    )


if __name__ == "__main__":
    main()
