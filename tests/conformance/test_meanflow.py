"""The MeanFlow family, written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import NULL, ONE, Nets, agree, jvp, linear, mse, sse, step_agrees, wide

AVERAGES = ("meanflow", "meanflow_guided", "alphaflow", "alphaflow_curriculum", "uaimf")


def slope(u: Any, z: Tensor, r: Tensor, t: Tensor, v: Tensor, *rest: Tensor) -> Any:
    """u and its derivative by t at held r, along dz/dt = v."""
    return jvp(lambda z, t: u(z, r, t, *rest), (z, t), (v, ONE))


def meanflow(n: Nets, d: Any) -> Tensor:
    """Geng et al. 2025, Algorithm 1, p = 1 and c = 0.01 on the sum."""
    out, du = slope(n.u, linear(d, d.t), d.r, d.t, d.e - d.x, d.c)
    error = sse(out, (d.e - d.x - wide(d.t - d.r) * du).detach())
    return (error / (error.detach() + 0.01)).mean()


def guided(n: Nets, d: Any) -> Tensor:
    """ω v + (1 - ω - κ) u(z, t, t | no label) + κ u(z, t, t | label), up to t = 0.75."""
    z, v = linear(d, d.t), d.e - d.x
    mixed = 0.2 * v + (1 - 0.2 - 0.92) * n.u(z, d.t, d.t, NULL) + 0.92 * n.u(z, d.t, d.t, d.c)
    inside = (d.t < 0.75) & (d.c >= 0)
    v = torch.where(wide(inside), mixed, v).detach()
    out, du = slope(n.u, z, d.r, d.t, v, d.c)
    error = sse(out, (v - wide(d.t - d.r) * du).detach())
    return (error / (error.detach() + 0.01)).mean()


def alphaflow(α: float) -> Any:
    """Zhang et al. 2025, the code's weight and equal rows; α = 0 is MeanFlow's target."""

    def formula(n: Nets, d: Any) -> Tensor:
        z, v, s = linear(d, d.t), d.e - d.x, α * d.r + (1 - α) * d.t
        if α:
            there = n.u(z - wide(d.t - s) * v, d.r, s, d.c)
            moved = wide(d.r < d.t)
            out, target = n.u(z, d.r, d.t, d.c), torch.where(moved, α * v + (1 - α) * there, v)
        else:
            out, du = slope(n.u, z, d.r, d.t, v, d.c)
            target = v - wide(d.t - d.r) * du
        error = mse(out, target.detach())
        weight = 1 + ((α or 1) - 1) * (d.r < d.t).double()
        return (weight * error / (error.detach() + 1e-3)).mean()

    return formula


def dmf_shift(n: Nets, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
    """Model guidance ω (u(c) - u(no label)) up to t = 0.7, for rows with a label."""
    with torch.no_grad():
        gap = n.u(z, t, t, c) - n.u(z, t, t, NULL)
    return 0.6 * wide(((t < 0.7) & (c >= 0)).double()) * gap


def dmf(n: Nets, d: Any) -> Tensor:
    """Lee et al. 2025: both losses on every example, each a Cauchy likelihood."""
    t, r = torch.maximum(d.a, d.b), torch.minimum(d.a, d.b)
    z, there = linear(d, t), linear(d, d.s, d.n)
    v = d.e - d.x + dmf_shift(n, z, t, d.c)
    out, du = jvp(lambda z, t: n.u(z, t, r, d.c), (z, t), (v, ONE))
    mean_flow = mse(out, (v + wide(r - t) * du).detach())
    flow = mse(n.u(there, d.s, d.s, d.c), d.n - d.x + dmf_shift(n, there, d.s, d.c))
    return 0.5 * (cauchy(flow, n.φ(d.s, d.s)) + cauchy(mean_flow, n.φ(t, r))).mean()


def cauchy(Δ: Tensor, φ: Tensor) -> Tensor:
    return torch.log(torch.exp(-φ) * Δ + 1) + φ / 2


def dmf_warmup(n: Nets, d: Any) -> Tensor:
    return mse(n.u(linear(d, d.s, d.n), d.s, d.s, d.c), d.n - d.x).mean()


def uaimf(n: Nets, d: Any) -> Tensor:
    """β on rows with r < t, MinSNR on rows with r = t, both after the adaptive weight."""
    out, du = slope(n.u, linear(d, d.t), d.r, d.t, d.e - d.x, d.c)
    error = sse(out, (d.e - d.x - wide(d.t - d.r) * du).detach())
    left, snr = 1 - d.progress, ((1 - d.t) / d.t) ** 2
    β = 1 - left + 1.3045 * left * (1 - (d.t - d.r))
    α = torch.clamp(snr, max=5) / (snr + 1)
    weight = torch.where(d.r < d.t, β, α)
    return (weight * error / (error.detach() + 0.01)).mean()


def jit(n: Nets, d: Any) -> Tensor:
    """The error of the image over max(t, 0.05), squared."""
    gap = n.X(linear(d, d.t), d.t, d.c) - d.x
    return mse(gap / wide(torch.clamp(d.t, min=0.05))).mean()


def test_meanflow() -> None:
    agree("meanflow", meanflow)


@pytest.mark.parametrize("α", [0.0, 0.25, 1.0])
def test_alphaflow(α: float) -> None:
    agree("alphaflow", alphaflow(α), settings={"α": α})


@pytest.mark.parametrize("progress", [0.0, 0.55, 2 / 3, 0.7, 0.9, 1.0])
def test_alphaflow_falls_along_its_curriculum(progress: float) -> None:
    """Zhang et al. 2025: 1 - sigmoid(γ (k - middle) / width), clamped at 0.005."""
    start, end, total = 600_000, 1_000_000, 1_200_000
    k = progress * total
    α = 1 - 1 / (1 + math.exp(-25 * (k - (start + end) / 2) / (end - start)))
    α = 0.0 if α < 5e-3 or k > end else 1.0 if α > 1 - 5e-3 or k < start else α
    agree("alphaflow_curriculum", alphaflow(α), progress=progress, seeds=(0,))


def test_meanflow_guided() -> None:
    agree("meanflow_guided", guided, seeds=(0, 1, 2, 3))


@pytest.mark.parametrize("progress", [0.0, 0.3, 1.0])
def test_uaimf(progress: float) -> None:
    agree("uaimf", uaimf, progress=progress)


@pytest.mark.parametrize(("group", "formula"), [("main/u+φ", dmf), ("warmup/u", dmf_warmup)])
def test_dmf(group: str, formula: Any) -> None:
    agree("dmf", formula, group, progress=0.6, seeds=(0, 1, 2))


def test_dmf_converted() -> None:
    agree("dmf_converted", dmf, progress=0.1, seeds=(0, 1))


def test_dmf_step() -> None:
    step_agrees("dmf", lambda n, z, t, r, c, _: z - wide(t - r) * n.u(z, t, r, c), 0.9, 0.3)


def test_jit() -> None:
    agree("jit", jit)


@pytest.mark.parametrize("name", AVERAGES)
def test_step(name: str) -> None:
    step_agrees(name, lambda n, z, t, r, c, _: z - wide(t - r) * n.u(z, r, t, c), 0.9, 0.3)


def test_jit_steps_towards_its_image() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, r: Tensor, c: Tensor, _: Tensor) -> Tensor:
        return z + wide((r - t) / t) * (z - n.X(z, t, c))

    step_agrees("jit", step, 0.95, 0.3)


def test_jit_is_guided_up_to_nine_tenths() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, r: Tensor, c: Tensor, _: Tensor) -> Tensor:
        guided = n.X(z, t, NULL) + 2.9 * (n.X(z, t, c) - n.X(z, t, NULL))
        return z + wide((r - t) / t) * (z - guided)

    step_agrees("jit", step, 0.9, 0.3, settings={"scale": 2.9})
