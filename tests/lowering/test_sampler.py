"""Samplers against closed forms: a linear field, a map that is exact, and new noise."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import fmdsl
from fmdsl.lowering.error import CompileError
from fmdsl.syntax.reader import read_text
from tests.lowering.nets import close, compiled

LINEAR = """spec: linear
nets:
  v: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  v: mse(v(z, t), D(z, t))
sample:
  velocity(z, t): v(z, t)
  times: 1, 0
"""
NOISE = torch.tensor([[1.0, -2.0], [0.5, 3.0]], dtype=torch.float64)


def linear() -> fmdsl.compile:
    """The field v = 2z, whose flow from 1 to 0 divides by e^2."""
    return fmdsl.compile(read_text(LINEAR), nets={"v": lambda z, t: 2 * z})


@pytest.mark.parametrize(
    ("solver", "order"), [("euler", 1), ("midpoint", 2), ("heun", 2)]
)  # fmt: skip
def test_a_solvers_order_on_a_linear_field(solver: str, order: int) -> None:
    exact = NOISE * math.exp(-2)
    errors = [
        float((linear().sample(NOISE, solver=solver, steps=n) - exact).abs().max())
        for n in (64, 128)
    ]
    assert errors[1] < 0.02
    assert math.log2(errors[0] / errors[1]) == pytest.approx(order, abs=0.1)


def test_one_euler_step_is_the_formula() -> None:
    close(linear().sample(NOISE, steps=1), NOISE - 2 * NOISE)


def test_an_adaptive_solver() -> None:
    pytest.importorskip("torchdiffeq")
    close(linear().sample(NOISE, solver="dopri5"), NOISE * math.exp(-2), 1e-7)


def test_steps_refine_the_times_evenly() -> None:
    seen: list[tuple[int, float]] = []
    linear().sample(NOISE, steps=4, on_step=lambda i, t, z: seen.append((i, t)))
    assert seen == [(0, 0.75), (1, 0.5), (2, 0.25), (3, 0.0)]


def test_times_are_visited_as_given() -> None:
    seen: list[float] = []
    linear().sample(NOISE, times=(1, 0.9, 0), on_step=lambda i, t, z: seen.append(t))
    assert seen == [0.9, 0.0]


def test_a_step_rule_calls_the_net_at_its_clocks() -> None:
    program = compiled("meanflow")
    u = program.weights["u"]
    noise = torch.randn(3, 3, dtype=torch.float64)
    t, c = torch.ones(3, dtype=torch.float64), torch.tensor([0, 1, 2])
    close(program.sample(noise, label=c), noise - u(noise, 0 * t, t, c))
    half = noise - 0.5 * u(noise, t / 2, t, c)
    close(program.sample(noise, label=c, steps=2), half - 0.5 * u(half, 0 * t, t / 2, c))


def test_another_net_may_sample() -> None:
    program = compiled("meanflow")
    noise = torch.randn(3, 3, dtype=torch.float64)
    still = torch.nn.Module()
    still.forward = lambda z, r, t, c: torch.zeros_like(z)
    close(program.sample(noise, nets={"u": still}), noise)
    assert (program.sample(noise) != noise).any()


def test_a_draw_rule_takes_the_noise_given() -> None:
    program = compiled("dmd2")
    noise = torch.randn(3, 3, dtype=torch.float64)
    c = torch.tensor([1, 1, 1])
    expected = noise - program.weights["G"](noise, torch.ones(3, dtype=torch.float64), c)
    close(program.sample(noise, label=1), expected)


FRESH = LINEAR.replace("velocity(z, t): v(z, t)", "step(z, t, r): path(z - t * v(z, t), fresh, r)")


def test_fresh_is_new_noise_at_every_step_and_repeats_by_seed() -> None:
    program = fmdsl.compile(read_text(FRESH), nets={"v": lambda z, t: 0 * z})

    def sample() -> Tensor:
        return program.sample(NOISE, times=(1, 0.5, 0.25), rng=torch.Generator().manual_seed(2))

    assert torch.equal(sample(), sample())
    states: list[Tensor] = []
    program.sample(0 * NOISE, times=(1, 0.5, 0.5), on_step=lambda i, t, z: states.append(z))
    assert (states[1] != 0.5 * states[0]).all()


def test_a_sample_leaves_no_tape() -> None:
    assert not compiled("tvm").sample(torch.randn(2, 3, dtype=torch.float64)).requires_grad


def _solver() -> None:
    linear().sample(NOISE, solver="huen")


def _labels() -> None:
    compiled("meanflow").sample(torch.randn(2, 3, dtype=torch.float64), label=torch.ones(3))


def _steps() -> None:
    linear().sample(NOISE, steps=0)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [(_solver, "did you mean `heun`"), (_labels, "one label for each row"), (_steps, "1 or more")],
)
def test_a_wrong_call_is_told(wrong, told: str) -> None:
    with pytest.raises(CompileError, match=told):
        wrong()
