"""rCM: continuous-time consistency plus distribution matching, written out by hand."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import NULL, ONE, Nets, agree, const, jvp, mse, sse, step_agrees, wide


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
