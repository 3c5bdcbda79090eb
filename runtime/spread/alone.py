"""One process: every weight is here."""

from __future__ import annotations

from typing import final

from torch import Tensor

from fmdsl.lowering.rng import Random
from fmdsl.runtime.data import Batch
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.spread.spread import Spread


@final
class Alone(Spread):
    """The program itself."""

    def __init__(self, problem: Problem) -> None:
        self.program = problem.program

    def loss(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        return self.program(batch, group=group, progress=progress, rng=rng)[group]
