"""Specs by newcomers, from memory of a paper or invented: also what their formulas say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.conformance.hand import ONE, Nets, agree, jvp, linear, mse, sse, wide

FOLDER = Path(__file__).parents[1] / "checks" / "accepted"


def test_self_conditioning_reads_its_own_guess_or_zeros() -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        z = linear(d, d.t)
        guess = n.X(z, torch.zeros_like(z), d.t, d.c).detach()
        return mse(n.X(z, wide((d.k < 0.5).double()) * guess, d.t, d.c), d.x).mean()

    agree(str(FOLDER / "self_conditioning.yaml"), formula)


def test_a_straight_flow_is_differentiated_through() -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        z = linear(d, d.t)
        v, bend = jvp(lambda z, t: n.v(z, t, d.c), (z, d.t), (n.v(z, d.t, d.c).detach(), ONE))
        return (mse(v, d.e - d.x) + 0.01 * mse(bend)).mean()

    agree(str(FOLDER / "straight_flow.yaml"), formula)


def test_consistency_flow_matching_compares_ends_and_speeds() -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        low = torch.where(d.t > 0.5, 0.5, 0.0)
        s = torch.maximum(d.t - 0.01, low)
        z, there = linear(d, d.t), linear(d, s)
        v, w = n.v(z, d.t, d.c), n.ema("v")(there, s, d.c).detach()
        ends = mse(z - wide(d.t - low) * v, there - wide(s - low) * w)
        return (ends + 1e-5 * mse(v, w)).mean()

    agree(str(FOLDER / "consistency_flow_matching.yaml"), formula)


def test_a_map_is_matched_on_its_way_back() -> None:
    """The derivative is by the outer map's target alone: where it starts is held, not stopped."""

    def formula(n: Nets, d: Any) -> Tensor:
        z = linear(d, d.t)
        there = z + wide(d.s - d.t) * n.u(z, d.t, d.s, d.c)

        def back(t: Tensor) -> Tensor:
            return there + wide(t - d.s) * n.u(there, d.s, t, d.c)

        place, speed = jvp(back, (d.t,), (ONE,))
        return (sse(speed, d.e - d.x) + sse(place - z)).mean()

    agree(str(FOLDER / "flow_map_matching.yaml"), formula)


def test_moments_are_compared_with_the_neighbours() -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        s, t = torch.minimum(d.a, d.b), torch.maximum(d.a, d.b)
        r = t - 0.05 * (t - s)
        y = linear(d, t) - wide(t - s) * n.u(linear(d, t), t, s, d.c)
        y_ = (linear(d, r) - wide(r - s) * n.u(linear(d, r), r, s, d.c)).detach()

        def k(p: Tensor, q: Tensor) -> Tensor:
            return torch.exp(-sse(p - q))

        o, o_ = torch.cat([y[1:], y[:1]]), torch.cat([y_[1:], y_[:1]])
        pairs = k(y, o) + k(y_, o_) - k(y, o_) - k(o, y_)
        return (pairs / 2 + 1 - k(y, y_)).mean()

    agree(str(FOLDER / "inductive_moment_matching.yaml"), formula)


def test_times_are_drawn_by_any_law() -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        z, v = linear(d, d.t), d.e - d.x
        out, du = jvp(lambda z, t: n.u(z, d.r, t, d.c), (z, d.t), (v, ONE))
        error = sse(out, (v - wide(d.t - d.r) * du).detach())
        left = 1 - d.progress
        β = 1 - left + 1.5 * left * (1 - (d.t - d.r))
        return (torch.where(d.r < d.t, β, 1.0) * error / (error.detach() + 0.01)).mean()

    agree(str(FOLDER / "time_sampling.yaml"), formula, progress=0.3)
