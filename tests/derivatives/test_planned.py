"""A program plans its derivatives at its first call, and says what it found."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import fmdsl
from fmdsl.lowering.derivatives import FiniteDifference
from fmdsl.lowering.error import CompileError
from fmdsl.lowering.program import Program
from fmdsl.syntax.reader import read_text
from tests.derivatives.test_planner import Of

TOY = """spec: toy
nets:
  u: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  u: sse(u(z, t), sg(D(z, t) - (1 - t) * D(u(z, t), t)))
"""


class Timed(Of):
    def forward(self, z: Tensor, t: Tensor) -> Tensor:
        return super().forward(z + t[:, None])


def toy(kind: str, **options: object) -> Program:
    return fmdsl.compile(read_text(TOY), nets={"u": Timed(kind)}, **options)


def test_a_program_tries_its_net_at_the_first_call_and_says_what_it_found() -> None:
    program = toy("function")
    (before, *_) = program.explain()
    assert before.strategy == "traced"
    assert torch.isfinite(program(torch.randn(5, 4))["u"])
    (after, *_) = program.explain()
    assert after.strategy == "double_backward"
    assert "autograd.Function" in after.reason
    assert "setup_context" in after.otherwise


def test_a_word_that_the_net_cannot_follow_is_told_with_its_place() -> None:
    program = toy("cdist", derivative="exact")
    with pytest.raises(CompileError) as told:
        program(torch.randn(5, 4))
    (fault,) = told.value.diagnostics
    assert fault.code == "E1009"
    assert "`exact` cannot take a derivative of `u`: Timed: the operator" in fault.message
    assert "double_backward or finite_difference" in fault.helps[0]
    assert fault.labels[0].span.text == "D(u(z, t), t)"


def test_a_difference_is_calibrated_once_for_its_net() -> None:
    program = toy("linear", derivative="finite_difference")
    program(torch.randn(5, 4))
    steps = dict(program.bank.steps)
    program(torch.randn(5, 4))
    assert program.bank.steps == steps
    assert "step" in program.explain()[0].strategy
    given = toy("linear", derivative=FiniteDifference(step=0.5))
    given(torch.randn(5, 4))
    assert not given.bank.steps
