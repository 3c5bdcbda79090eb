"""Consistency models, discrete and continuous, written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor
from torch.func import jvp

from tests.conformance.hand import NULL, ONE, Nets, agree, const, mse, sse, step_agrees, wide

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
        first = (z - n.T(z, σ, d.c)) / wide(σ)
        euler = z + wide(s - σ) * first
        second = (euler - n.T(euler, s, d.c)) / wide(s)
        there = z + wide(s - σ) * (first + second) / 2
        target = preconditioned(n.ema("F"), there, s, d.c)
    return mse(preconditioned(n.F, z, σ, d.c), target).mean()


def ect(stage: int) -> Any:
    """Geng et al. 2024: the norm over the gap; both levels share their noise."""

    def formula(n: Nets, d: Any) -> Tensor:
        σ = torch.exp(d.τ).clamp(max=80)
        ratio = 1 - 2.0 ** -(stage + 1) * (1 + 8 * torch.sigmoid(-σ))
        s = σ * ratio.clamp(min=0)
        with torch.no_grad():
            target = preconditioned(n.F, d.x + wide(s) * d.e, s, d.c, low=0)
        gap = preconditioned(n.F, d.x + wide(σ) * d.e, σ, d.c, low=0) - target
        return (sse(gap) ** 0.5 / (σ - s)).mean()

    return formula


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


def wrapped(v: Any, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
    """A linear-path velocity read in TrigFlow: F = (cos t z - image) / sin t."""
    k, time = torch.cos(t) + torch.sin(t), torch.sin(t) / (torch.cos(t) + torch.sin(t))
    image = z / wide(k) - wide(time) * v(z / wide(k), time, c)
    return (wide(torch.cos(t)) * z - image) / wide(torch.sin(t))


def guided(n: Nets, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
    none = wrapped(n.T, z, t, NULL)
    return none + 5 * (wrapped(n.T, z, t, c) - none)


def cleaned(z: Tensor, t: Tensor, v: Tensor) -> Tensor:
    return wide(torch.cos(t)) * z - wide(torch.sin(t)) * v


def noised(y: Tensor, n: Tensor, t: Tensor) -> Tensor:
    return wide(torch.cos(t)) * y + wide(torch.sin(t)) * n


def trig(t: Tensor) -> Tensor:
    return torch.atan(t / (1 - t))


def shifted(p: Tensor) -> Tensor:
    return trig(5 * p / (1 + 4 * p))


def rcm_tangent(n: Nets, d: Any) -> Tensor:
    """The JVP has no warm-up factor, the other two parts have."""
    t, r = trig(d.τ), min(1.0, 20 * d.progress)
    z, cos, sin = noised(d.x, d.e, t), wide(torch.cos(t)), wide(torch.sin(t))
    v = guided(n, z, t, d.c).detach()
    out, slope = jvp(lambda z, t: wrapped(n.u, z, t, d.c), (z, t), (v, ONE))
    g = -cos * (1 - r**2 * sin**2) ** 0.5 * (out - v) - r * cos * sin * z - cos * sin * slope
    g = (g / wide(g.norm(dim=1) + 0.1)).detach()
    return sse(out, out.detach() + g).mean()


def rcm_sample(n: Nets, d: Any) -> Tensor:
    """N jumps with new noise in between; only the last leaves gradient."""
    t = const(math.pi / 2)
    y = cleaned(d.n1, t, wrapped(n.u, d.n1, t, d.c))
    for i, (noise, p) in enumerate([(d.n2, d.p2), (d.n3, d.p3), (d.n4, d.p4)], start=2):
        if d.N[0] >= i:
            t = shifted(p) if i == 2 else torch.minimum(shifted(p), t)
            z = noised(y.detach(), noise, t)
            y = cleaned(z, t, wrapped(n.u, z, t, d.c))
    return y


def rcm(n: Nets, d: Any) -> Tensor:
    y, t = rcm_sample(n, d), shifted(d.p)
    with torch.no_grad():
        z = noised(y, d.n, t)
        real = cleaned(z, t, guided(n, z, t, d.c))
        fake = cleaned(z, t, wrapped(n.f, z, t, d.c))
        target = y - (fake - real) / wide((y - real).abs().mean(1).clamp(min=1e-5))
    return rcm_tangent(n, d) + 0.01 * sse(y, target).mean()


def rcm_critic(n: Nets, d: Any) -> Tensor:
    y, t = rcm_sample(n, d).detach(), shifted(d.p)
    speed = wide(torch.cos(t)) * d.n - wide(torch.sin(t)) * y
    return mse(wrapped(n.f, noised(y, d.n, t), t, d.c), speed).mean()


@pytest.mark.parametrize("progress", [0.0, 0.02, 1.0])
def test_consistency_training(progress: float) -> None:
    agree("consistency_training", training, progress=progress)


@pytest.mark.parametrize("progress", [0.05, 0.7])
def test_scd(progress: float) -> None:
    agree("scd", scd, progress=progress)


@pytest.mark.parametrize(
    ("group", "formula", "progress"),
    [
        ("warmup/u", rcm_tangent, 0.02),
        ("main/u", rcm, 0.03),
        ("main/u", rcm, 0.5),
        ("main/f", rcm_critic, 0.5),
    ],
)
def test_rcm(group: str, formula: Any, progress: float) -> None:
    agree("rcm", formula, group, progress=progress, seeds=(0, 1, 2, 3))


def test_rcm_step_renoises() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, fresh: Tensor) -> Tensor:
        return noised(cleaned(z, t, wrapped(n.u, z, t, c)), fresh, s)

    step_agrees("rcm", step, 1.3, 1.0, math.sin(math.atan(80)))


def test_consistency_distillation() -> None:
    agree("consistency_distillation", distillation)


@pytest.mark.parametrize("stage", [0, 3])
def test_ect(stage: int) -> None:
    agree("ect", ect(stage), settings={"stage": stage})


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
