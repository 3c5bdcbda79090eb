"""The weights that a group's gradient leaves alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.lowering.program import Program
from fmdsl.lowering.reach import unreached
from fmdsl.syntax.reader import read_text
from tests.lowering.nets import Net, batch, compiled

HEADS = """spec: heads
nets:
  u, v: student(point@t, t, label) -> tangent, tangent
draw:
  x, c: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  u: {loss}
"""


class Heads(nn.Module):
    """Two outputs, each of a head of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.u, self.v = Net(1), Net(1)

    def forward(self, z: Tensor, t: Tensor, label: Tensor) -> tuple[Tensor, Tensor]:
        return self.u(z, t, label), self.v(z, t, label)


def program(loss: str) -> Program:
    return fmdsl.compile(read_text(HEADS.format(loss=loss)), nets={"u": Heads().double()})


def names(made: Program) -> set[str]:
    left = set(unreached(made, "u", batch(4)))
    return {name.split(".")[0] for name, p in made.nets["u"].named_parameters() if p in left}


def test_a_head_that_the_loss_does_not_read_is_left_alone() -> None:
    assert names(program("mse(u(z, t, c), e - x)")) == {"v"}
    assert names(program("mse(u(z, t, c), e - x) + mse(v(z, t, c), e - x)")) == set()


def test_a_branch_on_progress_is_taken_both_ways() -> None:
    early = "where(progress < 0.985, mse(u(z, t, c), e - x), mse(v(z, t, c), e - x))"
    assert names(program(early)) == {"u", "v"}


def test_looking_leaves_no_trace() -> None:
    """No gradient, no random number."""
    made, few = compiled("dmd2"), batch(4)
    before = torch.get_rng_state()
    assert [unreached(made, group, few) for group in made.objectives] == [[], []]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(p.grad is None for p in made.parameters())
