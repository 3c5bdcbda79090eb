"""A checkerboard: uniform on every other square, so that edges are sharp."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from fmdsl.runtime.data.data import Batch, Data, Density, Source


def load(squares: int = 4, side: float = 4.0) -> Data:
    """Uniform on the squares of even colour of a board of `side`, centred at 0."""
    cell = side / squares
    board = torch.cartesian_prod(torch.arange(squares), torch.arange(squares))
    corners = board[board.sum(1) % 2 == 0] * cell - side / 2

    def sampler(count: int, generator: torch.Generator) -> Batch:
        chosen = torch.randint(len(corners), (count,), generator=generator)
        return {"points": corners[chosen] + cell * torch.rand(count, 2, generator=generator)}

    def log_prob(x: Tensor) -> Tensor:
        square = ((x + side / 2) / cell).floor()
        inside = ((square >= 0) & (square < squares)).all(-1) & (square.sum(-1) % 2 == 0)
        level = -math.log(len(corners) * cell**2)
        return torch.where(inside, level, -math.inf).to(x)

    return Density("checkerboard", sampler, 2, log_prob=log_prob)


checkerboard = Source("checkerboard", "uniform on the even squares of a board", load)
