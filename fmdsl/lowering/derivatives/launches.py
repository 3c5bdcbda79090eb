"""Calls of a net that a device starts more slowly than it makes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import FlopCounterMode

from fmdsl.lowering.derivatives.derivative import Net
from fmdsl.lowering.derivatives.tape import Draws

#: Operations that a GPU does while it is given one kernel (10 microseconds): half, and whole.
LAUNCH_HALF, LAUNCH = 4e9, 6e8
#: Rows up to which calls of one net are faster as one: a third at 1 row, a seventh at 4.
FEW = 4


def splitting_pays(work: float, rows: int, device: str, half: bool) -> bool:
    """Whether some rows should be spared a derivative, where the others are so many.

    Where it makes two calls of one, an eager GPU waits for launches unless each has enough to
    do: a quarter of 64 rows of a DiT-B/2 took 1.89 of a step of flow matching, all of them
    1.63. work: of one operator for one example.
    """
    return device != "cuda" or work * rows >= (LAUNCH_HALF if half else LAUNCH)


class _Count(TorchDispatchMode):
    """How many operators run while it is entered; views are none."""

    def __init__(self) -> None:
        super().__init__()
        self.count = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.count += not func.is_view
        return func(*args, **(kwargs or {}))


def work_of(call: Net, few: Sequence[Any]) -> float:
    """Floating-point operations of a forward, for one example, in one operator: the mean."""
    rows = max(v.shape[0] for v in few if isinstance(v, Tensor) and v.ndim)
    flops, operators = FlopCounterMode(display=False), _Count()
    with torch.no_grad(), Draws(few).again(), flops, operators:
        call(*few)
    return flops.get_total_flops() / rows / max(operators.count, 1)
