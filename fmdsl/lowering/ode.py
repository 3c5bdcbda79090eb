"""ODE solvers over a velocity: fixed steps between given levels, or adaptive ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from fmdsl.lowering.error import CompileError
from fmdsl.syntax.diagnostic import Diagnostic

Velocity = Callable[[Tensor, float], Tensor]
#: The adaptive solver: Dormand and Prince's fifth order, by torchdiffeq.
ADAPTIVE = "dopri5"


def euler(v: Velocity, z: Tensor, t: float, s: float) -> Tensor:
    """One velocity for the whole step; order 1."""
    return z + (s - t) * v(z, t)


def midpoint(v: Velocity, z: Tensor, t: float, s: float) -> Tensor:
    """The velocity at half of the step; order 2."""
    half = (s - t) / 2
    return z + (s - t) * v(z + half * v(z, t), t + half)


def heun(v: Velocity, z: Tensor, t: float, s: float) -> Tensor:
    """The mean of the velocities at both ends; order 2 (Karras et al. 2022, Algorithm 1)."""
    first = v(z, t)
    return z + (s - t) / 2 * (first + v(z + (s - t) * first, s))


STEPS: dict[str, Callable[[Velocity, Tensor, float, float], Tensor]] = {
    "euler": euler,
    "midpoint": midpoint,
    "heun": heun,
}


def solve(
    v: Velocity,
    z: Tensor,
    levels: Sequence[float],
    method: str,
    on_step: Callable[[int, float, Tensor], None] | None = None,
) -> Tensor:
    """The state carried along the velocity from the first level to the last."""
    if method == ADAPTIVE:
        return _adaptive(v, z, levels)
    step = STEPS[method]
    for i, (t, s) in enumerate(zip(levels, levels[1:])):
        z = step(v, z, t, s)
        if on_step is not None:
            on_step(i, s, z)
    return z


def _adaptive(v: Velocity, z: Tensor, levels: Sequence[float]) -> Tensor:
    if find_spec("torchdiffeq") is None:
        told = "the solver `dopri5` needs torchdiffeq, which is not installed"
        helps = ("pip install torchdiffeq, or take `heun` with more steps",)
        raise CompileError([Diagnostic("E1007", told, helps=helps)])
    from torchdiffeq import odeint  # pyright: ignore[reportMissingImports]

    ends = torch.tensor([levels[0], levels[-1]], dtype=torch.float64, device=z.device)

    def slope(t: Any, state: Tensor) -> Tensor:
        return v(state, float(t))

    tolerance = 1e-5 if z.dtype == torch.float32 else 1e-9
    states: Any = odeint(slope, z, ends, method=ADAPTIVE, rtol=tolerance, atol=tolerance)
    return states[-1]
