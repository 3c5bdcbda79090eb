"""Every weight in every process, and gradients averaged while they are made: torch's DDP."""

from __future__ import annotations

import contextlib
import inspect
from typing import Any, final

from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from fmdsl.lowering.reach import unreached
from fmdsl.lowering.rng import Random
from fmdsl.runtime.config import Config
from fmdsl.runtime.data import Batch
from fmdsl.runtime.device import autocast
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.spread.spread import Spread


class Loss(nn.Module):
    """The loss of the groups that move these nets, as a module's forward, which DDP can wrap.

    The program is no part of the module: DDP would wait for the gradient of all its nets.
    """

    def __init__(self, program: nn.Module, nets: list[nn.Module]) -> None:
        super().__init__()
        self.nets = nn.ModuleList(nets)
        self.call = program.__call__

    def forward(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        return self.call(batch, group=group, progress=progress, rng=rng)[group]


@final
class DDP(Spread):
    """One wrapped module for each set of nets that move together.

    An update sends the gradients of the nets it moves and no others. DDP looks for weights
    that have none, a walk over the graph at each step, only where a group leaves some alone.
    """

    def __init__(self, problem: Problem, config: Config) -> None:
        self.moves = {name: problem.moves(name) for name in problem.groups}
        sets = dict.fromkeys(self.moves.values())
        self.wrapped = {nets: self._wrapped(problem, nets, config) for nets in sets}

    def loss(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        return self.wrapped[self.moves[group]](group, batch, progress, rng)

    def averaging(self, group: str, last: bool) -> contextlib.AbstractContextManager[Any]:
        return contextlib.nullcontext() if last else self.wrapped[self.moves[group]].no_sync()

    def _wrapped(
        self, problem: Problem, nets: tuple[str, ...], config: Config
    ) -> DistributedDataParallel:
        groups = [name for name, moved in self.moves.items() if moved == nets]
        with autocast(config, problem.device):
            idle = any(unreached(problem.program, g, problem.few()) for g in groups)
        return DistributedDataParallel(
            Loss(problem.program, [problem.nets.modules[n] for n in nets]),
            device_ids=[problem.device.index] if problem.device.type == "cuda" else None,
            find_unused_parameters=idle,
            **_own_buffers(),
        )


def _own_buffers() -> dict[str, Any]:
    """No buffer is sent at a step; torch 2.13 has another word for that."""
    known, new = inspect.signature(DistributedDataParallel).parameters, "forward_sync_buffers"
    return {new if new in known else "broadcast_buffers": False}
