"""ODE solvers over a velocity: one step from a level to another, of fixed or adaptive size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from fmdsl.lowering.error import CompileError, bad_batch

Velocity = Callable[[Tensor, float], Tensor]
Solve = Callable[[Velocity, Tensor, float, float], Tensor]


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


def dopri5(v: Velocity, z: Tensor, t: float, s: float) -> Tensor:
    """As many steps as the error asks for: Dormand and Prince's pair of orders 5 and 4, by scipy.

    The tolerance is 1e-5, relative and absolute (Song et al. 2021; Liu et al. 2023), and 1e-9 in
    float64; the error is that of the whole batch. Raises CompileError where it cannot be kept.
    """
    from scipy.integrate import solve_ivp

    def slope(level: float, state: Any) -> Any:
        there = torch.from_numpy(state).to(z).view_as(z)
        return v(there, float(level)).double().cpu().numpy().ravel()

    start = z.double().cpu().numpy().ravel()
    tolerance = 1e-9 if z.dtype == torch.float64 else 1e-5
    with np.errstate(all="ignore"):
        found = solve_ivp(slope, (t, s), start, "RK45", (s,), rtol=tolerance, atol=tolerance)
    if not found.success:
        told = f"`dopri5` cannot go on from level {t:g} to {s:g}: {found.message}"
        raise CompileError(
            [bad_batch(told, "is the velocity finite there? see where `heun` leads")]
        )
    return torch.from_numpy(found.y[:, -1].copy()).to(z).view_as(z)


SOLVERS: dict[str, Solve] = {
    "euler": euler,
    "midpoint": midpoint,
    "heun": heun,
    "dopri5": dopri5,
}
#: Solvers that choose their own steps.
ADAPTIVE = ("dopri5",)
