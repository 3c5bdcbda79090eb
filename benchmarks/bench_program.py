"""A program against the same objective written by hand in torch: same net, inputs and draws.

By hand means the official way: MeanFlow with a recorded `torch.func.jvp` whose tangent is
detached (as in its PyTorch code), TVM with the gradient through the derivative. Flow matching,
which has nothing to win, shows what a program costs beside the same calls. One process, one
thread, round-robin, CPU time; medians of the ratio. Peak memory above what stood before.

    python benchmarks/bench_program.py --repeats 9
"""

from __future__ import annotations

import argparse
import copy
import json
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import torch
from steps.measure import peak
from torch import Tensor, nn

import fmdsl
from fmdsl.runtime.backbones import build

Draws = Mapping[str, Tensor]
Loss = Callable[[], Tensor]
LABELS, SHAPE = 10, (1, 8, 8)


def _wide(t: Tensor, z: Tensor) -> Tensor:
    return t.reshape(-1, *[1] * (z.ndim - 1))


def flow_matching_by_hand(net: nn.Module, d: Draws) -> Tensor:
    """Lipman et al. 2023: draws, path, net, squared error."""
    t = d["t"]
    z = _wide(1 - t, d["x"]) * d["x"] + _wide(t, d["x"]) * d["e"]
    return (net(z, t, d["c"]) - (d["e"] - d["x"])).square().flatten(1).mean(1).mean()


def meanflow_by_hand(net: nn.Module, d: Draws) -> Tensor:
    """Geng et al. 2025, Algorithm 1, adaptive weight p = 1."""
    r, t, v = d["r"], d["t"], d["e"] - d["x"]
    z = _wide(1 - t, v) * d["x"] + _wide(t, v) * d["e"]
    u, du = torch.func.jvp(
        lambda z, r, t: net(z, r, t, d["c"]),
        (z, r, t),
        (v, torch.zeros_like(r), torch.ones_like(t)),
    )
    error = (u - (v - _wide(t - r, v) * du).detach()).square().flatten(1).sum(1)
    return (error / (error.detach() + 0.01)).mean()


def tvm_by_hand(net: nn.Module, slow: nn.Module, d: Draws) -> Tensor:
    """Zhou et al. 2025, Equation 12: the gradient goes through the derivative by s."""
    s, t, v = d["s"], d["s"] + d["gap"], d["e"] - d["x"]
    z = _wide(1 - t, v) * d["x"] + _wide(t, v) * d["e"]
    F, dF = torch.func.jvp(lambda s: net(z, t, s, d["c"]), (s,), (torch.ones_like(s),))
    with torch.no_grad():
        target = slow(z + _wide(s - t, v) * F, s, s, d["c"])
    terminal = (F + _wide(s - t, v) * dF - target).square().flatten(1).mean(1)
    later = d["s'"]
    z = _wide(1 - later, v) * d["x"] + _wide(later, v) * d["e"]
    matching = (net(z, later, later, d["c"]) - v).square().flatten(1).mean(1)
    return (terminal + matching).mean()


def pair(spec: str, backbone: str, batch: int) -> tuple[nn.Module, Loss, Loss, float]:
    """A net, its program's loss and the one by hand over the same draws; seconds to compile."""
    name = {"flow_matching": "v", "meanflow": "u", "tvm": "F"}[spec]
    times = ("time",) if spec == "flow_matching" else ("time", "time")
    inputs = ("point", *times, "label")
    net = build(backbone, point_shape=SHAPE, inputs=inputs, outputs=("tangent",), classes=LABELS)
    with torch.no_grad():
        for parameter in net.parameters():
            parameter.add_(0.02 * torch.randn_like(parameter))
    start = time.process_time()
    program = fmdsl.compile(spec, {name: net})
    took = time.process_time() - start
    data = {"pixels": torch.randn(batch, *SHAPE), "label": torch.randint(0, LABELS, (batch,))}
    draws = program.draw(data)
    slow = copy.deepcopy(net).requires_grad_(False)
    by_hand = {
        "flow_matching": lambda: flow_matching_by_hand(net, draws),
        "meanflow": lambda: meanflow_by_hand(net, draws),
        "tvm": lambda: tvm_by_hand(net, slow, draws),
    }
    ours: Loss = lambda: sum(program(data, draws=draws).values())  # type: ignore[return-value]  # noqa: E731
    return net, ours, by_hand[spec], took


def seconds(net: nn.Module, loss: Loss) -> float:
    net.zero_grad(set_to_none=True)
    start = time.process_time()
    loss().backward()
    return time.process_time() - start


def bytes_at_most(net: nn.Module, loss: Loss) -> int:
    net.zero_grad(set_to_none=True)
    return peak(lambda: loss().backward())


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=9)
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--backbones", nargs="+", default=["mlp", "unet", "dit"])
    parser.add_argument("--out", type=Path, default=Path("benchmarks/results/program.json"))
    args = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(1)
    pair("flow_matching", "mlp", 2)  # what is imported at the first compile is not timed
    rows: list[dict[str, object]] = []
    print("| spec | net | time, program / by hand | memory | loss gap | seconds to compile |")
    print("| --- | --- | --- | --- | --- | --- |")
    for spec in ("flow_matching", "meanflow", "tvm"):
        for backbone in args.backbones:
            net, ours, theirs, took = pair(spec, backbone, args.batch)
            gap = abs(ours().item() - theirs().item())
            for loss in (ours, theirs):
                seconds(net, loss)
            ratios = [seconds(net, ours) / seconds(net, theirs) for _ in range(args.repeats)]
            memory = bytes_at_most(net, ours) / bytes_at_most(net, theirs)
            ratio = statistics.median(ratios)
            row = {"spec": spec, "net": backbone, "time": ratio, "memory": memory, "gap": gap}
            rows.append(row | {"compile_s": took, "quartiles": statistics.quantiles(ratios, n=4)})
            print(f"| {spec} | {backbone} | {ratio:.2f} | {memory:.2f} | {gap:.1e} | {took:.2f} |")
    kept = {"torch": torch.__version__, "machine": platform.machine(), "rows": rows}
    args.out.write_text(json.dumps(kept, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
