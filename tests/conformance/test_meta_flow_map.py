"""Meta flow maps: an inner map in the context of an outer state, written out by hand."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor

from tests.conformance.hand import NULL, ONE, ZERO, Nets, agree, jvp, linear, sse, step_agrees, wide


class Meta:
    """A stochastic map in the context of z at t, the paper's clocks turned."""

    def __init__(self, n: Nets, d: Any) -> None:
        self.d, self.n = d, n
        self.t = torch.where(d.k < 0.1, 1.0, 1 - d.p**2)
        self.z = linear(d, self.t)

    def u(self, y: Tensor, r: Tensor, s: Tensor, c: Tensor | None = None) -> Tensor:
        return self.n.u(y, r, s, self.z, self.t, self.d.c if c is None else c)

    def velocity(self, y: Tensor, s: Tensor, noise: Tensor) -> Tensor:
        with torch.no_grad():
            gap = self.u(y, s, s) - self.u(y, s, s, NULL)
        return noise - self.d.x + 0.6 * wide((self.d.c >= 0).double()) * gap

    def diagonal(self) -> Tensor:
        y = linear(self.d, self.d.q, self.d.m)
        error = sse(self.u(y, self.d.q, self.d.q), self.velocity(y, self.d.q, self.d.m))
        return error / (error.detach() + 0.01) ** 0.5

    def consistency(self) -> Tensor:
        d = self.d
        y = linear(d, d.s, d.n)
        w = self.velocity(y, d.s, d.n)
        out, du = jvp(lambda y, s: self.u(y, d.r, s), (y, d.s), (w, ONE))
        error = sse(out, (w - wide(d.s - d.r) * du).detach())
        return error / (error.detach() + 0.01)


@pytest.mark.parametrize("group", ["warmup/u", "main/u"])
def test_meta_flow_map(group: str) -> None:
    def formula(n: Nets, d: Any) -> Tensor:
        map = Meta(n, d)
        loss = map.diagonal()
        return (loss if group == "warmup/u" else loss + map.consistency()).mean()

    agree("meta_flow_map", formula, group, progress=0.5, seeds=(0, 1, 2))


def test_meta_flow_map_draws_from_the_posterior_and_noises_anew() -> None:
    def step(n: Nets, z: Tensor, t: Tensor, s: Tensor, c: Tensor, fresh: Tensor) -> Tensor:
        rng = torch.Generator().manual_seed(7)
        first, second = (torch.randn(z.shape, dtype=z.dtype, generator=rng) for _ in range(2))
        drawn = first - n.u(first, ZERO, ONE, z, t, c)
        return wide(1 - s) * drawn + wide(s) * second

    step_agrees("meta_flow_map", step, 0.9, 0.4)
