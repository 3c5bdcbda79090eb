"""Several processes, and gradients that nothing would bring together."""

# torch has no public name for the module that DDP is in.
# pyright: reportPrivateUsage=false

from __future__ import annotations

import warnings

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from fmdsl.lowering.derivatives.derivative import sharded

_AVAILABLE = dist.is_available()


def several() -> bool:
    """Whether this is one of several processes."""
    return _AVAILABLE and dist.is_initialized() and dist.get_world_size() > 1


def tell_apart(program: nn.Module, nets: nn.Module) -> None:
    """Warn where a program with gradients runs in several processes and nothing wraps it."""
    trains = torch.is_grad_enabled() and program.training
    inside = DistributedDataParallel._active_ddp_module is not None
    if not trains or inside or torch.compiler.is_compiling() or sharded(nets):
        return
    warnings.warn(
        "a program runs in several processes and its gradients are not averaged over them\n"
        "  = help: wrap the program, not its nets: DistributedDataParallel(program, "
        "find_unused_parameters=True), or shard it: fully_shard(program)",
        stacklevel=4,
    )
