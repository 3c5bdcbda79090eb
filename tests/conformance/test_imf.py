"""iMF and its pixel version, plain and guided, written out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import NULL, ONE, ZERO, Nets, agree, jvp, linear, sse, step_agrees, wide


def imf(n: Nets, d: Any) -> Tensor:
    """Two heads of one trunk that sees t - r; the tangent is the second head at h = 0."""
    z, h, v = linear(d, d.t), d.t - d.r, d.e - d.x
    w = n.u(z, ZERO, d.c)[1].detach()
    du = jvp(lambda z, h: n.u(z, h, d.c)[0], (z, h), (w, ONE))[1].detach()
    out = n.u(z, h, d.c)
    return adapted(sse(out[0] + wide(h) * du, v), sse(out[1], v))


def adapted(*errors: Tensor) -> Tensor:
    """Each over itself plus 0.01, p = 1."""
    return torch.stack([e / (e.detach() + 0.01) for e in errors]).sum(0).mean()


def pmf(n: Nets, d: Any) -> Tensor:
    """u = (z - image) / max(t, 0.05); the derivative goes through the divisor."""
    z, h, floor = linear(d, d.t), d.t - d.r, wide(torch.clamp(d.t, min=0.05))
    target, w = (z - d.x) / floor, ((z - n.X(z, ZERO, d.c)[1]) / floor).detach()

    def u(z: Tensor, t: Tensor, h: Tensor) -> Tensor:
        return (z - n.X(z, h, d.c)[0]) / wide(torch.clamp(t, min=0.05))

    du = jvp(u, (z, d.t, h), (w, ONE, ONE))[1].detach()
    one = sse(u(z, d.t, h) + wide(h) * du, target)
    return adapted(one, sse((z - n.X(z, h, d.c)[1]) / floor, target))


def told(d: Any) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """The guidance interval, the scale at t, and its share in the target."""
    apart = d.r < d.t
    a, b = torch.where(apart, d.α, 0.0), torch.where(apart, d.β, 1.0)
    ω = torch.where((a <= d.t) & (d.t <= b), d.ω, 1.0)
    return a, b, ω, torch.where(d.c >= 0, 1 - 1 / ω, 0.0)


def imf_guided(n: Nets, d: Any) -> Tensor:
    """The target's heads are told the interval [0, 1], the net its own."""
    z, h, (a, b, ω, share) = linear(d, d.t), d.t - d.r, told(d)
    with torch.no_grad():
        w = n.u(z, ZERO, d.c, ω, ZERO, ONE)[1]
        none = n.u(z, ZERO, NULL, ONE, ZERO, ONE)[1]
        target = d.e - d.x + wide(share) * (w - none)
    u, v = n.u(z, h, d.c, d.ω, a, b)
    du = jvp(lambda z, h: n.u(z, h, d.c, d.ω, a, b)[0], (z, h), (w, ONE))[1].detach()
    return adapted(sse(u + wide(h) * du, target), sse(v, target))


def pmf_guided(n: Nets, d: Any) -> Tensor:
    """The same with images over max(t, 0.05)."""
    z, h, (a, b, ω, share) = linear(d, d.t), d.t - d.r, told(d)
    floor = wide(torch.clamp(d.t, min=0.05))
    with torch.no_grad():
        w = (z - n.X(z, ZERO, d.c, ω, ZERO, ONE)[1]) / floor
        none = (z - n.X(z, ZERO, NULL, ONE, ZERO, ONE)[1]) / floor
        target = (z - d.x) / floor + wide(share) * (w - none)

    def u(z: Tensor, t: Tensor, h: Tensor) -> Tensor:
        return (z - n.X(z, h, d.c, d.ω, a, b)[0]) / wide(torch.clamp(t, min=0.05))

    du = jvp(u, (z, d.t, h), (w, ONE, ONE))[1].detach()
    one = sse(u(z, d.t, h) + wide(h) * du, target)
    return adapted(one, sse((z - n.X(z, h, d.c, d.ω, a, b)[1]) / floor, target))


FORMULAS = {"imf": imf, "pmf": pmf, "imf_guided": imf_guided, "pmf_guided": pmf_guided}


@pytest.mark.parametrize("name", FORMULAS)
def test_loss(name: str) -> None:
    agree(name, FORMULAS[name], seeds=(0, 1, 2, 3) if "guided" in name else (0, 1))


@pytest.mark.parametrize("name", ["imf", "imf_guided"])
def test_imf_steps_with_its_first_head(name: str) -> None:
    told = (ONE, ZERO, ONE) if "guided" in name else ()

    def step(n: Nets, z: Tensor, t: Tensor, r: Tensor, c: Tensor, _: Tensor) -> Tensor:
        return z - wide(t - r) * n.u(z, t - r, c, *told)[0]

    step_agrees(name, step, 0.9, 0.3)


@pytest.mark.parametrize("name", ["pmf", "pmf_guided"])
def test_pmf_steps_towards_its_image(name: str) -> None:
    told = (ONE, ZERO, ONE) if "guided" in name else ()

    def step(n: Nets, z: Tensor, t: Tensor, r: Tensor, c: Tensor, _: Tensor) -> Tensor:
        return z - wide((t - r) / t) * (z - n.X(z, t - r, c, *told)[0])

    step_agrees(name, step, 0.9, 0.3)
