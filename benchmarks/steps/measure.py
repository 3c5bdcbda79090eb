"""Seconds, peak memory and matrix products of one call."""

from __future__ import annotations

import gc
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch.autograd import DeviceType

Call = Callable[[], Any]
#: Matrix products, and where the left one stands among an operator's inputs.
PRODUCTS = {"aten::mm": 0, "aten::addmm": 1, "aten::bmm": 0, "aten::baddbmm": 1}
_TORCH = ("flash_attention", "efficient_attention", "cudnn_attention")
#: Attention: where its queries stand, and its products in those of two of its matrices.
ATTENTION = {
    **{f"aten::_scaled_dot_product_{kind}": (0, 2.0) for kind in _TORCH},
    **{f"aten::_scaled_dot_product_{kind}_backward": (1, 5.0) for kind in _TORCH},
    "fmdsl::dual_attention": (0, 6.0),
    "fmdsl::dual_attention_backward": (0, 15.0),
}


@dataclass(frozen=True, slots=True)
class Work:
    """What one call costs beside time.

    memory: bytes allocated at its worst moment above what stood before. products: matrix
    products launched. flops: theirs, attention's kernels included. busy: seconds for which
    a GPU's kernels ran, which a slow host does not change; 0 on a CPU.
    """

    memory: int
    products: int
    flops: float
    busy: float


def seconds(call: Call, cuda: bool, repeats: int = 1) -> float:
    """Of one call: CPU time of the process, on CUDA wall time of `repeats` in a row."""
    if not cuda:
        before = time.process_time()
        call()
        return time.process_time() - before
    torch.cuda.synchronize()
    before = time.perf_counter()
    for _ in range(repeats):
        call()
    torch.cuda.synchronize()
    return (time.perf_counter() - before) / repeats


def work(call: Call, cuda: bool) -> Work:
    """Memory and matrix products of two calls: to know shapes, the profiler holds tensors."""
    memory = peak(call, cuda)
    try:
        profile = _profile(call, record_shapes=True)
    except torch.OutOfMemoryError:
        profile = _profile(call, record_shapes=False)
    shapes = [(e.name, e.input_shapes) for e in profile.events() or ()]
    products = sum(name in PRODUCTS for name, _ in shapes)
    flops = sum(_flops(*e) for e in shapes if e[1])
    return Work(memory, products, flops, _busy(profile))


def _profile(call: Call, record_shapes: bool) -> Any:
    with torch.profiler.profile(record_shapes=record_shapes) as profile:
        call()
    return profile


def peak(call: Call, cuda: bool = False) -> int:
    """Bytes allocated at the worst moment of a call, above what stood before."""
    gc.collect()
    if not cuda:
        with torch.profiler.profile(profile_memory=True) as profile:
            call()
        return _peak(profile)
    torch.cuda.synchronize()
    torch.cuda.reset_peak_memory_stats()
    before = torch.cuda.memory_allocated()
    call()
    torch.cuda.synchronize()
    return torch.cuda.max_memory_allocated() - before


def _busy(profile: Any) -> float:
    kernels = (e for e in profile.events() or () if e.device_type == DeviceType.CUDA)
    own = (e for e in kernels if not getattr(e, "is_user_annotation", False))
    return 1e-6 * sum(e.time_range.elapsed_us() for e in own)


def _peak(profile: Any) -> int:
    now = top = 0
    events = [e for e in profile.profiler.kineto_results.events() if e.name() == "[memory]"]
    for event in sorted(events, key=lambda e: e.start_ns()):
        now += event.nbytes()
        top = max(top, now)
    return top


def _flops(name: str, shapes: list[Any]) -> float:
    if name in PRODUCTS:
        at = PRODUCTS[name]
        return 2.0 * math.prod(shapes[at]) * shapes[at + 1][-1]
    if name in ATTENTION:
        at, units = ATTENTION[name]
        return units * 2.0 * math.prod(shapes[at]) * shapes[at + 1][2]
    return 0.0
