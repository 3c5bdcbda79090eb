"""Flow matching on three paths, rectified flow, score matching: written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import Nets, agree, linear, mse, step_agrees, wide


def integral(t: Tensor) -> Tensor:
    """Half of the integral of β from 0 to t; the VP path has α = exp of minus this."""
    return 0.25 * t**2 * (20 - 0.1) + 0.5 * t * 0.1


def straight(n: Nets, d: Any) -> Tensor:
    return mse(n.v(linear(d, d.t), d.t, d.c), d.e - d.x).mean()


def cosine(n: Nets, d: Any) -> Tensor:
    half = torch.pi / 2
    cos, sin = wide(torch.cos(half * d.t)), wide(torch.sin(half * d.t))
    target = half * (cos * d.e - sin * d.x)
    return mse(n.v(cos * d.x + sin * d.e, d.t, d.c), target).mean()


def variance_preserving(n: Nets, d: Any) -> Tensor:
    """Song et al. 2021: dα/dt = -β α / 2 and dσ/dt = β α² / (2 σ)."""
    β, α = wide(0.1 + 19.9 * d.t), wide(torch.exp(-integral(d.t)))
    σ = (1 - α**2) ** 0.5
    target = -0.5 * β * α * d.x + 0.5 * β * α**2 / σ * d.e
    return mse(n.v(α * d.x + σ * d.e, d.t, d.c), target).mean()


def denoising_score(n: Nets, d: Any) -> Tensor:
    """The weight σ²: the mean square of σ s + e."""
    α = wide(torch.exp(-integral(d.t)))
    σ = (1 - α**2) ** 0.5
    return mse(σ * n.s(α * d.x + σ * d.e, d.t, d.c) + d.e).mean()


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("flow_matching", straight),
        ("rectified_flow", straight),
        ("reflow", straight),
        ("flow_matching_guided", straight),
        ("flow_matching_cosine", cosine),
        ("flow_matching_vp", variance_preserving),
        ("score_sde", denoising_score),
    ],
)
def test_loss(name: str, formula: Any) -> None:
    agree(name, formula, seeds=(0, 1, 2))


def edm(n: Nets, d: Any) -> Tensor:
    """Karras et al. 2022, Equation 8: the net on its unit-variance target, weight 1 / c_out²."""
    σ, std = wide(torch.exp(d.τ)), 0.5
    z, k = d.x + σ * d.e, (σ**2 + std**2) ** 0.5
    skip, out = std**2 / k**2, σ * std / k
    return mse(n.F(z / k, σ[:, 0], d.c), (d.x - skip * z) / out).mean()


def test_edm() -> None:
    agree("edm", edm, seeds=(0, 1, 2))


def test_edm_visits_eighteen_levels() -> None:
    """Karras et al. 2022, Equation 5, without the last step to zero."""
    from tests.conformance.hand import compiled

    ends = [80 ** (1 / 7), 0.002 ** (1 / 7)]
    levels = [(ends[0] + i / 17 * (ends[1] - ends[0])) ** 7 for i in range(18)]
    assert compiled("edm").sampler.times == pytest.approx(levels, rel=1e-12)


def alpha_bar(t: Tensor) -> Tensor:
    """Ho et al. 2020: the product of 1 - β over the first t of a thousand steps."""
    kept = torch.cumprod(1 - torch.linspace(1e-4, 0.02, 1000, dtype=torch.float64), 0)
    return torch.cat([torch.ones(1, dtype=torch.float64), kept])[t.long()]


def ddpm(n: Nets, d: Any) -> Tensor:
    """L_simple: the noise from the noised state."""
    a = wide(alpha_bar(d.t))
    return mse(n.ε(a**0.5 * d.x + (1 - a) ** 0.5 * d.e, d.t, d.c), d.e).mean()


def test_ddpm() -> None:
    agree("ddpm", ddpm, seeds=(0, 1, 2))


@pytest.mark.parametrize(("t", "s"), [(1000, 999), (500, 499), (500, 300), (1, 0)])
def test_ddpm_steps_to_the_mean_and_adds_noise(t: int, s: int) -> None:
    """Algorithm 2, line 4, and no noise in the last step."""

    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, fresh: Tensor) -> Tensor:
        β = 1 - wide(alpha_bar(t) / alpha_bar(s))
        mean = (z - β / wide(1 - alpha_bar(t)) ** 0.5 * n.ε(z, t, c)) / (1 - β) ** 0.5
        return mean + β**0.5 * (fresh if s[0] > 0 else 0)

    scale = float(1 - alpha_bar(torch.tensor(1000))) ** 0.5
    step_agrees("ddpm", step, t, s, scale)


def test_reflow_takes_its_noise_from_the_data() -> None:
    """The pair is the coupling: new noise would be the first round again."""
    from tests.conformance.hand import batch, close, compiled

    program = compiled("reflow")
    close(program.draw(batch(program))["e"], batch(program)["noise"])


@pytest.mark.parametrize("name", ["flow_matching", "flow_matching_cosine", "rectified_flow"])
def test_euler_step(name: str) -> None:
    step_agrees(name, lambda n, z, t, s, c, _: z + wide(s - t) * n.v(z, t, c), 0.9, 0.4)


@pytest.mark.parametrize(("t", "scale"), [(0.9, 1.0), (0.7, 2.5)])
def test_guidance_has_its_scale_inside_of_its_interval(t: float, scale: float) -> None:
    """Ho and Salimans 2022, Equation 6, with w + 1 for the scale."""

    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, _: Tensor) -> Tensor:
        none, given = n.v(z, t, torch.full_like(c, -1)), n.v(z, t, c)
        return z + wide(s - t) * (none + scale * (given - none))

    step_agrees("flow_matching_guided", step, t, 0.4, settings={"scale": 2.5, "high": 0.8})


def test_score_sde_steps_along_the_probability_flow() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, _: Tensor) -> Tensor:
        β = wide(0.1 + 19.9 * t)
        return z + wide(s - t) * (-0.5 * β * z - 0.5 * β * n.s(z, t, c))

    step_agrees("score_sde", step, 0.9, 0.4, math.sqrt(1 - math.exp(-10.05)))
