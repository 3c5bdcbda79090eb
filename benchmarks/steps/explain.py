"""Where the time of compiling goes, and which operators of a step take longest."""

# torch has no public name for these.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch._dynamo.utils import compilation_time_metrics


def stages(least: float = 0.5) -> str:
    """Seconds by stage of torch's compiler since this was last asked; stages nest."""
    found = {name: sum(times) for name, times in compilation_time_metrics.items()}
    compilation_time_metrics.clear()
    longest = sorted(found.items(), key=lambda item: -item[1])
    return "\n".join(f"    {took:7.1f} s  {name}" for name, took in longest if took >= least)


def operators(call: Callable[[], Any], cuda: bool, rows: int = 15) -> str:
    """The operators that take longest, by themselves."""
    with torch.profiler.profile() as profile:
        call()
    by = "self_cuda_time_total" if cuda else "self_cpu_time_total"
    return profile.key_averages().table(sort_by=by, row_limit=rows, max_name_column_width=48)
