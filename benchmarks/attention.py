"""The dual attention kernel on a GPU: floating-point operations per second, forward and backward.

python benchmarks/attention.py --out benchmarks/results/attention.json
"""

from __future__ import annotations

import argparse
import json
import statistics
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fmdsl.lowering.attention import dual_attention


def milliseconds(call: Callable[[], Any], repeats: int = 20) -> float:
    for _ in range(3):
        call()
    times: list[float] = []
    for _ in range(repeats):
        start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
        start.record()
        call()
        end.record()
        torch.cuda.synchronize()
        times.append(start.elapsed_time(end))
    return statistics.median(times)


def by_hand(q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor) -> Any:
    """The tangent written with whole matrices."""
    scale = q.shape[-1] ** -0.5
    p = torch.softmax(scale * q @ k.mT, dim=-1)
    w = p * (u := scale * (tq @ k.mT + q @ tk.mT)) - p * (p * u).sum(-1, keepdim=True)
    return p @ v, w @ v + p @ tv


def row(batch: int, heads: int, n: int, d: int) -> dict[str, Any]:
    shape = (batch, heads, n, d)
    parts = [
        torch.randn(shape, device="cuda", dtype=torch.bfloat16, requires_grad=True)
        for _ in range(6)
    ]
    unit = 4 * batch * heads * n * n * d / 1e9  # GFLOP of a plain forward
    with torch.no_grad():
        o, to, _ = dual_attention(*parts)
        fine = by_hand(*(x.float() for x in parts))
        error = max(float((a - b).norm() / b.norm()) for a, b in zip((o, to), fine, strict=True))
        forward = milliseconds(lambda: dual_attention(*parts))
        plain = milliseconds(lambda: F.scaled_dot_product_attention(*parts[:3]))
        hand = milliseconds(lambda: by_hand(*parts))
    o, to, _ = dual_attention(*parts)
    loss = (o * torch.randn_like(o)).sum() + (to * torch.randn_like(to)).sum()
    back = milliseconds(lambda: torch.autograd.grad(loss, parts, retain_graph=True))
    return {
        "shape": shape,
        "error": error,
        "forward_ms": forward,
        "forward_tflops": 3 * unit / forward,
        "backward_ms": back,
        "backward_tflops": 7.5 * unit / back,
        "flash_forward_ms": plain,
        "by_hand_forward_ms": hand,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path)
    told = parser.parse_args()
    rows = [
        row(64, 12, 256, 64),
        row(16, 12, 1024, 64),
        row(4, 24, 4096, 64),
        row(4, 24, 4096, 128),
    ]
    for line in rows:
        print({k: round(v, 4) if isinstance(v, float) else v for k, v in line.items()})
    if told.out is not None:
        told.out.write_text(
            json.dumps(
                {"device": torch.cuda.get_device_name(), "torch": torch.__version__, "rows": rows},
                indent=1,
            )
        )


if __name__ == "__main__":
    main()
