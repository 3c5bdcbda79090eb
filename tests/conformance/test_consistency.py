"""Consistency models, discrete and continuous, written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import ONE, Nets, agree, jvp, mse, sse, step_agrees, wide

LO, HI, STD = 0.002, 80.0, 0.5


def karras(i: Tensor, n: float) -> Tensor:
    """The i-th of n levels, the noisiest first, ρ = 7."""
    a, b = HI ** (1 / 7), LO ** (1 / 7)
    return (a + i / (n - 1) * (b - a)) ** 7


def preconditioned(F: Any, z: Tensor, σ: Tensor, c: Tensor, low: float = LO) -> Tensor:
    """c_skip z + c_out F(c_in z, σ): the identity at the lowest level."""
    skip = STD**2 / ((σ - low) ** 2 + STD**2)
    out = STD * (σ - low) / (σ**2 + STD**2) ** 0.5
    return wide(skip) * z + wide(out) * F(z / wide((σ**2 + STD**2) ** 0.5), σ, c)


def distillation(n: Nets, d: Any) -> Tensor:
    """Song et al. 2023, Algorithm 2: one Heun step of the teacher, an averaged target."""
    σ, s = karras(d.i, 40), karras(d.i + 1, 40)
    z = d.x + wide(σ) * d.e
    with torch.no_grad():
        first = (z - preconditioned(n.T, z, σ, d.c, low=0)) / wide(σ)
        euler = z + wide(s - σ) * first
        second = (euler - preconditioned(n.T, euler, s, d.c, low=0)) / wide(s)
        there = z + wide(s - σ) * (first + second) / 2
        target = preconditioned(n.ema("F"), there, s, d.c)
    return mse(preconditioned(n.F, z, σ, d.c), target).mean()


def ect(n: Nets, d: Any) -> Tensor:
    """Geng et al. 2024: the norm over the gap; both levels share their noise."""
    stage = int(8 * d.progress)
    σ = torch.exp(d.τ).clamp(max=80)
    ratio = 1 - 2.0 ** -(stage + 1) * (1 + 8 * torch.sigmoid(-σ))
    s = σ * ratio.clamp(min=0)
    with torch.no_grad():
        target = preconditioned(n.F, d.x + wide(s) * d.e, s, d.c, low=0)
    gap = preconditioned(n.F, d.x + wide(σ) * d.e, σ, d.c, low=0) - target
    return (sse(gap) ** 0.5 / (σ - s)).mean()


def scm(n: Nets, d: Any) -> Tensor:
    """Lu and Song 2024, Algorithm 1, with the derivative of F by its two inputs."""
    t = torch.atan(torch.exp(d.τ) / STD)
    cos, sin = wide(torch.cos(t)), wide(torch.sin(t))
    z, dz = cos * d.x + STD * sin * d.e, STD * cos * d.e - sin * d.x
    out, slope = jvp(lambda y, t: n.F(y, t, d.c), (z / STD, t), (dz / STD, ONE))
    r = min(1.0, 10 * d.progress)
    g = -(cos**2) * (STD * out - dz) - r * cos * sin * (z + STD * slope)
    g = (g / wide(g.norm(dim=1) + 0.1)).detach()
    return (torch.exp(n.w(t)) * mse(out, out.detach() + g) - n.w(t)).mean()


def training(n: Nets, d: Any) -> Tensor:
    """Algorithm 3: one image and one noise at both levels; N grows as k / K does."""
    s0, s1 = 2, 200
    levels = math.ceil(math.sqrt(d.progress * ((s1 + 1) ** 2 - s0**2) + s0**2) - 1) + 1
    σ, s = karras(d.i, levels), karras(d.i + 1, levels)
    with torch.no_grad():
        target = preconditioned(n.ema("F"), d.x + wide(s) * d.e, s, d.c)
    return mse(preconditioned(n.F, d.x + wide(σ) * d.e, σ, d.c), target).mean()


def scd(n: Nets, d: Any) -> Tensor:
    """sCM along the teacher's velocity, which is d times its answer."""
    t = torch.atan(torch.exp(d.τ) / STD)
    cos, sin = wide(torch.cos(t)), wide(torch.sin(t))
    z = cos * d.x + STD * sin * d.e
    dz = STD * n.T(z / STD, t, d.c).detach()
    out, slope = jvp(lambda y, t: n.F(y, t, d.c), (z / STD, t), (dz / STD, ONE))
    r = min(1.0, 10 * d.progress)
    g = -(cos**2) * (STD * out - dz) - r * cos * sin * (z + STD * slope)
    g = (g / wide(g.norm(dim=1) + 0.1)).detach()
    return (torch.exp(n.w(t)) * mse(out, out.detach() + g) - n.w(t)).mean()


@pytest.mark.parametrize("progress", [0.0, 0.02, 1.0])
def test_consistency_training(progress: float) -> None:
    agree("consistency_training", training, progress=progress)


def trigflow(n: Nets, d: Any) -> Tensor:
    """Lu and Song 2024, Section 3: the error of d F against the velocity."""
    t = torch.atan(torch.exp(d.τ) / STD)
    cos, sin = wide(torch.cos(t)), wide(torch.sin(t))
    z, dz = cos * d.x + STD * sin * d.e, STD * cos * d.e - sin * d.x
    return mse(STD * n.F(z / STD, t, d.c), dz).mean()


def test_trigflow() -> None:
    agree("trigflow", trigflow)


@pytest.mark.parametrize("progress", [0.05, 0.7])
def test_scd(progress: float) -> None:
    agree("scd", scd, progress=progress)


def test_consistency_distillation() -> None:
    agree("consistency_distillation", distillation)


@pytest.mark.parametrize("progress", [0.0, 0.4, 1.0])
def test_ect(progress: float) -> None:
    agree("ect", ect, progress=progress)


@pytest.mark.parametrize("progress", [0.0, 0.05, 0.7])
def test_scm(progress: float) -> None:
    agree("scm", scm, progress=progress)


def test_consistency_step_renoises() -> None:
    def step(n: Nets, z: Tensor, σ: Tensor, s: Tensor, c: Tensor, fresh: Tensor) -> Tensor:
        return preconditioned(n.F, z, σ, c) + wide((s**2 - LO**2) ** 0.5) * fresh

    step_agrees("consistency_distillation", step, 80.0, 2.0, scale=80)
    step_agrees("consistency_training", step, 80.0, 2.0, scale=80)


def test_scm_step_renoises() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, fresh: Tensor) -> Tensor:
        cos, sin = wide(torch.cos(t)), wide(torch.sin(t))
        clean = cos * z - STD * sin * n.F(z / STD, t, c)
        return wide(torch.cos(s)) * clean + STD * wide(torch.sin(s)) * fresh

    scale = STD * math.sin(math.atan(160))
    step_agrees("scm", step, 1.5, 1.1, scale)
    step_agrees("scd", step, 1.5, 1.1, scale)
