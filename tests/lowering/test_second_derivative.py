"""A second derivative and the value beside it are one call where gradient passes through both."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.program import Program
from tests.lowering.nets import close, gradients

SPEC = """spec: bent
nets:
  u, v: student(point@t, t) -> tangent, tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  u: sse(u(z, t) + HOW(D(D(OUT(z, t), t, z=0), t, z=0)) - D(z, t))
"""


class Two(nn.Module):
    """A state and a clock to two states."""

    def __init__(self) -> None:
        super().__init__()
        self.enter, self.leave = nn.Linear(4, 6), nn.Linear(6, 6)
        self.called = 0

    def forward(self, z: Tensor, t: Tensor) -> tuple[Tensor, ...]:
        self.called += 1
        h = self.leave(torch.tanh(self.enter(torch.cat([z, t[:, None]], 1))))
        return torch.sin(h[:, :3]), torch.cos(h[:, 3:])


class One(Two):
    def forward(self, z: Tensor, t: Tensor) -> Tensor:  # pyright: ignore
        return super().forward(z, t)[0]


def pair(how: str, out: str) -> tuple[Program, Program, Two]:
    torch.manual_seed(0)
    text = SPEC.replace("HOW", how).replace("OUT", out)
    if out == "u":
        text = text.replace("u, v: student", "u: student").replace("tangent, tangent", "tangent")
    net = (One() if out == "u" else Two()).double()
    made = (fmdsl.compile(fmdsl.read_text(text), {"u": net}, **o) for o in ({}, {"passes": ()}))
    return *made, net


@pytest.mark.parametrize(("how", "out", "calls"), [("", "u", 1), ("", "v", 1), ("sg", "u", 2)])
def test_the_value_comes_with_it(how: str, out: str, calls: int) -> None:
    program, plain, net = pair(how, out)
    x = torch.randn(5, 3, dtype=torch.float64)
    drawn = program.draw(x)
    want = plain(x, draws=drawn)["u"]
    net.called = 0
    found = program(x, draws=drawn)["u"]
    assert net.called == calls
    close(found, want)
    close(gradients(net, found), gradients(net, want))
