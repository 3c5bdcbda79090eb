"""How the weights of a run lie over its processes: one file per way of `distributed`."""

from __future__ import annotations

from collections.abc import Iterable

from torch import nn

from fmdsl.runtime.config import Config
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.spread.alone import Alone
from fmdsl.runtime.spread.ddp import DDP
from fmdsl.runtime.spread.fsdp import FSDP
from fmdsl.runtime.spread.spread import Spread

__all__ = ["Spread", "spread"]


def spread(
    problem: Problem, averages: Iterable[nn.Module], config: Config, processes: Processes
) -> Spread:
    """The way that the config names. Alone there is nothing to spread.

    averages: what follows the nets and is called in their place. Raises RunError.
    """
    if processes.world == 1:
        return Alone(problem)
    if config.distributed == "fsdp":
        return FSDP(problem, averages, config)
    return DDP(problem, config)
