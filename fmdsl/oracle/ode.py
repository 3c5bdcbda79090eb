"""Flows without a closed form: the mean velocity along a solution, and where it leads.

The rule of order 8 of Dormand and Prince (`DOP853` of Hairer, Nørsett, Wanner 1993, II.5; its
coefficients are scipy's), in equal steps, so that a value and its derivatives by any mode of
torch belong to one map.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, cast

import torch
from scipy.integrate import DOP853  # pyright: ignore[reportMissingTypeStubs]
from torch import Tensor

from fmdsl.oracle.namespace import wide

#: A velocity at states `[B, n]` and clocks `[B]`; the last is a clock inside of the same piece.
Velocity = Callable[[Tensor, Tensor, Tensor], Tensor]
_RULE = cast(Any, DOP853)
#: Nodes of a step, its shares, and what each stage takes of those before it.
_NODES: tuple[float, ...] = tuple(_RULE.C[: _RULE.n_stages].tolist())
_SHARES: tuple[float, ...] = tuple(_RULE.B.tolist())
_STAGES: tuple[tuple[float, ...], ...] = tuple(
    tuple(row[:i].tolist()) for i, row in enumerate(_RULE.A[: _RULE.n_stages])
)


def average(
    velocity: Velocity, z: Tensor, t: Tensor, r: Tensor, steps: int, stops: Sequence[Tensor] = ()
) -> Tensor:
    """The mean velocity from t to r along the solution that starts at z; at r = t, the velocity.

    stops: clocks at which the velocity jumps. Each piece between two is smooth and is crossed in
        `steps` steps. No digit is lost where r is near t.
    """
    gap = r - t
    ends, means = _shares(t, gap, stops), list[Tensor]()
    for low, high in zip(ends, ends[1:]):
        start, h = t + gap * low, gap * (high - low) / steps
        middle, slopes = torch.add(start, h, alpha=0.5 * steps), list[Tensor]()
        for i in range(steps):
            slopes.append(_step(velocity, z, torch.add(start, h, alpha=i), h, middle))
            z = z + wide(h, z) * slopes[-1]
        means.append(wide(high - low, z) * torch.stack(slopes).mean(0))
    return torch.stack(means).sum(0)


def _shares(t: Tensor, gap: Tensor, stops: Sequence[Tensor]) -> list[Tensor]:
    """The ends of the pieces as shares of the way from t, 0 and 1 with them."""
    first, last = torch.zeros_like(gap), torch.ones_like(gap)
    if not stops:
        return [first, last]
    safe = torch.where(gap == 0, last, gap)
    inner = torch.stack([((s - t) / safe).clamp(0, 1) for s in stops]).sort(0).values
    return [first, *inner.unbind(), last]


def _step(velocity: Velocity, z: Tensor, t: Tensor, h: Tensor, inside: Tensor) -> Tensor:
    """The mean velocity of one step of length h."""
    slopes: list[Tensor] = []
    for node, taken in zip(_NODES, _STAGES):
        there = z + wide(h, z) * _mean(taken, slopes) if slopes else z
        slopes.append(velocity(there, torch.add(t, h, alpha=node), inside))
    return _mean(_SHARES, slopes)


def _mean(shares: Sequence[float], slopes: Sequence[Tensor]) -> Tensor:
    """A product of matrices: torch multiplies a tangent by a number slowly."""
    taken = torch.stack(list(slopes))
    made = taken.new_tensor(shares)[None] @ taken.reshape(len(slopes), -1)
    return made.reshape(taken.shape[1:])
