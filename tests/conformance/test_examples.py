"""Specs by newcomers, from memory of a paper or invented: also what their formulas say."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tests.conformance.hand import ONE, Nets, agree, jvp, linear, mse, wide

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
