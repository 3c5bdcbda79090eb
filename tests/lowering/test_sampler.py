"""Samplers against closed forms: a linear field, a map that is exact, and new noise."""

from __future__ import annotations

import math

import pytest
import torch
from torch import Tensor

import fmdsl
from fmdsl.lowering.error import CompileError
from fmdsl.lowering.renoise import Levels
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text
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
    close(linear().sample(NOISE, solver="dopri5"), NOISE * math.exp(-2), 1e-8)
    there = linear().sample(NOISE, solver="dopri5", times=(0, 1))
    close(there, NOISE * math.exp(2), 1e-7)


def test_an_adaptive_solver_says_where_it_cannot_go_on() -> None:
    program = fmdsl.compile(read_text(LINEAR), nets={"v": lambda z, t: z * 1e9**3 * z})
    with pytest.raises(CompileError, match="`dopri5` cannot go on from level 1 to 0"):
        program.sample(NOISE, solver="dopri5")


def test_steps_refine_the_times_evenly() -> None:
    seen: list[tuple[int, float]] = []
    linear().sample(NOISE, steps=4, on_step=lambda i, t, z: seen.append((i, t)))
    assert seen == [(0, 0.75), (1, 0.5), (2, 0.25), (3, 0.0)]


def test_steps_follow_a_list_of_times() -> None:
    spec = read_text(LINEAR.replace("times: 1, 0", "times: 1, 0.2, 0"))
    seen: list[float] = []
    program = fmdsl.compile(spec, nets={"v": lambda z, t: z})
    program.sample(NOISE, steps=4, on_step=lambda i, t, z: seen.append(t))
    assert seen == pytest.approx([0.6, 0.2, 0.1, 0])


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


@pytest.mark.parametrize("name", ["meanflow", "scm", "flow_matching_vp"])
def test_gamma_keeps_the_law_of_the_noise_at_every_level(name: str) -> None:
    levels = Levels(elaborate_spec(read(name)).sampler.weights)
    for share in (0.3, 0.8):
        low = levels.below(0.7, share, 0.01)
        ratio = levels.noise(low) / levels.signal(low)
        assert ratio == pytest.approx(share * levels.noise(0.7) / levels.signal(0.7))
    assert levels.below(0.7, 0, 0.01) == 0.01


JUMP = LINEAR.replace("velocity(z, t): v(z, t)", "step(z, t, r): z - (t - r) * v(z, t)")


def test_gamma_of_one_restarts_from_the_data() -> None:
    """x = z - t v(z, t), then new noise up to the next level: written out by hand."""
    program = fmdsl.compile(read_text(JUMP), nets={"v": lambda z, t: 0.5 * z})
    made = program.sample(NOISE, times=(1, 0.4, 0), gamma=1, rng=torch.Generator().manual_seed(3))
    fresh = torch.randn(2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    z = 0.6 * (NOISE - 0.5 * NOISE) + 0.4 * fresh
    close(made, z - 0.4 * 0.5 * z)


def test_half_a_gamma_goes_past_the_level_and_back() -> None:
    """Kim et al. 2024, Algorithm 3: noise over signal falls to sqrt(1 - γ²) of the level's."""
    program = fmdsl.compile(read_text(JUMP), nets={"v": lambda z, t: 0.5 * z})
    made = program.sample(NOISE, times=(1, 0.4, 0), gamma=0.5, rng=torch.Generator().manual_seed(3))
    fresh = torch.randn(2, 2, dtype=torch.float64, generator=torch.Generator().manual_seed(3))
    ratio = 0.75**0.5 * 0.4 / 0.6
    low = ratio / (1 + ratio)
    z = NOISE - (1 - low) * 0.5 * NOISE
    z = 0.6 / (1 - low) * z + 0.5 * 0.4 * fresh
    close(made, z - 0.4 * 0.5 * z)


def _solver() -> None:
    linear().sample(NOISE, solver="huen")


def _labels() -> None:
    compiled("meanflow").sample(torch.randn(2, 3, dtype=torch.float64), label=torch.ones(3))


def _steps() -> None:
    linear().sample(NOISE, steps=0)


def _gamma() -> None:
    linear().sample(NOISE, gamma=2)


def _renoised_twice() -> None:
    fmdsl.compile(read_text(FRESH), nets={"v": lambda z, t: z}).sample(NOISE, gamma=0.5)


def _one_level() -> None:
    linear().sample(NOISE, times=(1,))


def _outside() -> None:
    linear().sample(NOISE, times=(2, 0))


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (_gamma, "take 0 to 1"),
        (_renoised_twice, "draws new noise already"),
        (_one_level, "two levels at least"),
        (_outside, r"outside of the path's \[0, 1\]"),
        (_solver, "did you mean `heun`"),
        (_labels, "one label for each row"),
        (_steps, "1 or more"),
    ],
)
def test_a_wrong_call_is_told(wrong, told: str) -> None:
    with pytest.raises(CompileError, match=told):
        wrong()
