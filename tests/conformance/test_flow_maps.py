"""Flow maps: self-distilled, from teachers, by halves; written out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import (
    NULL,
    ONE,
    ZERO,
    Nets,
    agree,
    const,
    jvp,
    linear,
    mse,
    sse,
    step_agrees,
    wide,
)


def jump(u: Any, z: Tensor, r: Tensor, t: Tensor, c: Tensor) -> Tensor:
    """Where an average velocity takes z from t to r."""
    return z - wide(t - r) * u(z, r, t, c)


def diagonal(n: Nets, d: Any) -> Tensor:
    return sse(n.u(linear(d, d.s), d.s, d.s, d.c), d.e - d.x)


def lsd(n: Nets, d: Any) -> Tensor:
    """Boffi et al. 2025: the slope by the target clock, gradient passing through it."""
    z = linear(d, d.t)
    out, dr = jvp(lambda r: n.u(z, r, d.t, d.c), (d.r,), (ONE,))
    there = (z - wide(d.t - d.r) * out).detach()
    target = n.u(there, d.r, d.r, d.c).detach()
    lagrangian = sse(out - wide(d.t - d.r) * dr, target)
    return (0.25 * lagrangian + 0.75 * diagonal(n, d)).mean()


def esd(n: Nets, d: Any) -> Tensor:
    """Gradient through u and its slope in time, not through its slope in space."""
    z, gap = linear(d, d.t), wide(d.t - d.r)
    v = n.u(z, d.t, d.t, d.c).detach()
    out, in_time = jvp(lambda t: n.u(z, d.r, t, d.c), (d.t,), (ONE,))
    in_space = jvp(lambda z: n.u(z, d.r, d.t, d.c), (z,), (v,))[1].detach()
    eulerian = sse(out + gap * (in_time + in_space), v)
    return (0.25 * eulerian + 0.75 * diagonal(n, d)).mean()


def psd(n: Nets, d: Any) -> Tensor:
    """Two pieces, of shares γ and 1 - γ of the interval, are one step."""
    z = linear(d, d.t)
    γ = getattr(d, "γ", const(0.5))
    m = d.t - γ * (d.t - d.r)
    with torch.no_grad():
        first = n.u(z, m, d.t, d.c)
        second = n.u(z - wide(d.t - m) * first, d.r, m, d.c)
        target = wide(γ) * first + wide(1 - γ) * second
    return (0.25 * sse(n.u(z, d.r, d.t, d.c), target) + 0.75 * diagonal(n, d)).mean()


def tvm(n: Nets, d: Any) -> Tensor:
    """Zhou et al. 2025, Equation 12."""
    t = d.s + d.gap
    z = linear(d, t)
    out, ds = jvp(lambda s: n.F(z, t, s, d.c), (d.s,), (ONE,))
    there = (z + wide(d.s - t) * out).detach()
    terminal = mse(out + wide(d.s - t) * ds, n.ema("F")(there, d.s, d.s, d.c).detach())
    return (terminal + mse(n.F(linear(d, d.s_), d.s_, d.s_, d.c), d.e - d.x)).mean()


def shortcut(n: Nets, d: Any) -> Tensor:
    """Frans et al. 2024: the mean of two half steps by averaged weights, each told d / 2."""
    step = 2.0**-d.k
    t, half = d.i * step, step / 2
    z, u = linear(d, t), n.ema("u")
    with torch.no_grad():
        first = u(z, t, half, d.c)
        second = u(z - wide(half) * first, t - half, half, d.c)
    bootstrap = mse(n.u(z, t, step, d.c), (first + second) / 2)
    there = d.j / 128
    plain = mse(n.u(linear(d, there), there, const(1 / 128), d.c), d.e - d.x)
    return (bootstrap / 8 + plain * 7 / 8).mean()


def split_meanflow(n: Nets, d: Any) -> Tensor:
    """λ weighs the piece at the noisy end: t - s = λ (t - r)."""
    z, s = linear(d, d.t), (1 - d.λ) * d.t + d.λ * d.r
    with torch.no_grad():
        u2 = n.u(z, s, d.t, d.c)
        u1 = n.u(z - wide(d.t - s) * u2, d.r, s, d.c)
        target = wide(1 - d.λ) * u1 + wide(d.λ) * u2
        v = n.T(z, d.t, d.c)
    split = sse(n.u(z, d.r, d.t, d.c), target)
    return (0.5 * split + 0.5 * sse(n.u(z, d.t, d.t, d.c), v)).mean()


def autoguided(n: Nets, z: Tensor, t: Tensor, c: Tensor) -> Tensor:
    return 2 * n.T(z, t, c) - n.W(z, t, c)


def ayf_emd(n: Nets, d: Any) -> Tensor:
    """Sabour et al. 2025: the normalised tangent is taken from the net itself."""
    t = d.s + d.gap
    z = linear(d, t)
    v = autoguided(n, z, t, d.c).detach()
    out, du = jvp(lambda z, t: n.F(z, t, d.s, d.c), (z, t), (v, ONE))
    ρ = 0.99 * min(1.0, 10 * d.progress)
    g = (out - v + ρ * wide(t - d.s) * du).detach()
    unit = g / wide(g.norm(dim=1) + 0.1)
    return sse(out, out.detach() - unit).mean()


def ayf_lmd(n: Nets, d: Any) -> Tensor:
    """The gradient of -⟨f, df/ds - v(f, s)⟩ with the second side stopped."""
    t = d.s + d.gap
    z = linear(d, t)
    f, df = jvp(lambda s: z + wide(s - t) * n.F(z, t, s, d.c), (d.s,), (ONE,))
    slip = (df - autoguided(n, f, d.s, d.c)).detach()
    return -(f * slip).sum(1).mean()


def prediction(n: Nets, d: Any) -> Tensor:
    """The slope is the teacher's velocity where the student lands; then the correction."""
    out, ds = jvp(lambda s: n.F(d.ε, s, d.c), (d.s,), (ONE,))
    with torch.no_grad():
        there = d.ε + wide(d.s - 1) * out
        target = n.T(there, d.s, d.c) - wide(d.s - 1) * ds
    error = sse(out, target)
    one = n.F(d.ε, ZERO, d.c)
    with torch.no_grad():
        made = wide(1 - d.r) * (d.ε - one) + wide(d.r) * d.n
        pull = n.g(made, d.r, d.c) - n.T(made, d.r, d.c)
    corrected = (one * pull).sum(1)
    return (0.75 * error / (error.detach() + 0.01) + 0.25 * corrected).mean()


def follower(n: Nets, d: Any) -> Tensor:
    """The critic's field is the velocity of the student's own samples."""
    with torch.no_grad():
        y = d.ε - n.F(d.ε, ZERO, d.c)
    return mse(n.g(wide(1 - d.r) * y + wide(d.r) * d.m, d.r, d.c), d.m - y).mean()


def tvm_guided(n: Nets, d: Any) -> Tensor:
    """Equation 15 scaled: the velocity is w F; 1/w² on both terms; no label has w = 1."""
    t, F, ema = d.s + d.gap, n.F, n.ema("F")
    w = torch.where(d.c >= 0, 2.0, 1.0).double()
    z, there = linear(d, t), linear(d, d.s_)
    out, ds = jvp(lambda s: F(z, t, s, d.c, 1 / w), (d.s,), (ONE,))
    with torch.no_grad():
        landed = z + wide((d.s - t) * w) * out
        velocity = wide(w) * ema(landed, d.s, d.s, d.c, 1 / w)
        plain = ema(there, d.s_, d.s_, NULL, ONE)
        target = wide(w) * (d.e - d.x) + wide(1 - w) * plain
    terminal = mse(wide(w) * (out + wide(d.s - t) * ds), velocity)
    matched = mse(wide(w) * F(there, d.s_, d.s_, d.c, 1 / w), target)
    return ((terminal + matched) / w**2).mean()


FORMULAS = {
    "lsd": lsd, "esd": esd, "psd": psd, "psd_uniform": psd, "tvm": tvm, "tvm_guided": tvm_guided,
    "shortcut": shortcut, "split_meanflow": split_meanflow, "ayf_lmd": ayf_lmd,
}  # fmt: skip


@pytest.mark.parametrize("name", FORMULAS)
def test_loss(name: str) -> None:
    agree(name, FORMULAS[name])


@pytest.mark.parametrize("progress", [0.0, 0.04, 1.0])
def test_ayf_emd(progress: float) -> None:
    agree("ayf_emd", ayf_emd, progress=progress)


def test_tvm_guided_steps_by_w_times_its_net() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, _: Tensor) -> Tensor:
        return z + wide(s - t) * 2 * n.F(z, t, s, c, const(0.5))

    step_agrees("tvm_guided", step, 0.9, 0.4)


@pytest.mark.parametrize(("group", "formula"), [("F", prediction), ("g", follower)])
def test_freeflow(group: str, formula: Any) -> None:
    agree("freeflow", formula, group)


@pytest.mark.parametrize("name", ["lsd", "esd", "psd", "psd_uniform", "split_meanflow"])
def test_step(name: str) -> None:
    step_agrees(name, lambda n, z, t, r, c, _: jump(n.u, z, r, t, c), 0.9, 0.3)


@pytest.mark.parametrize("name", ["tvm", "ayf_emd", "ayf_lmd"])
def test_step_of_a_map(name: str) -> None:
    step_agrees(name, lambda n, z, t, s, c, _: z + wide(s - t) * n.F(z, t, s, c), 0.9, 0.3)


def test_shortcut_is_told_its_step() -> None:
    step_agrees(
        "shortcut", lambda n, z, t, s, c, _: z - wide(t - s) * n.u(z, t, t - s, c), 1.0, 0.5
    )


def test_freeflow_samples_at_once() -> None:
    step_agrees("freeflow", lambda n, z, t, s, c, _: z - n.F(z, s, c), 1.0, 0.0)
