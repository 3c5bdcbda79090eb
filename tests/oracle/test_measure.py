"""Compiled programs at the truth: shipped specs hold, wrong variants do not."""

from __future__ import annotations

import pytest
import torch

import fmdsl
from fmdsl.oracle import measure, refutes
from fmdsl.oracle.measurement import (
    HOLDS,
    NOT_DECIDED,
    NOT_MEASURED,
    REFUTED,
    Measurement,
    mean_of,
    verdict,
)
from tests.oracle.mutants import MUTANTS, mutant
from tests.oracle.unchecked import unchecked

EXACT_AT_THE_TRUTH = ("meanflow", "tvm", "lsd", "psd", "esd", "split_meanflow", "flow_matching",
                      "jit", "score_sde", "scm", "imf")  # fmt: skip


def measured(name: str, law: str, examples: int, batches: int) -> tuple[Measurement, ...]:
    return measure(
        name, fmdsl.compile, laws=(law,), derivative="exact", examples=examples, batches=batches,
        progress=1.0,
    )  # fmt: skip


@pytest.mark.parametrize("name", EXACT_AT_THE_TRUTH)
def test_shipped_specs_hold_on_a_gaussian(name: str) -> None:
    found = measure(
        name,
        fmdsl.compile,
        laws=("gaussian",),
        derivative="exact",
        examples=64,
        batches=6,
        progress=1.0,
    )
    assert {m.verdict for m in found} == {HOLDS}, [m.reason for m in found]


@pytest.mark.parametrize("name", ["tvm", "psd", "flow_matching"])
def test_and_on_a_mixture_whose_flow_is_not_affine(name: str) -> None:
    found = measure(
        name, fmdsl.compile, laws=("mixture",), derivative="exact", examples=64, batches=16
    )
    assert not refutes(found), [m.reason for m in found]
    exact = [m.residual for m in found if m.quantity in ("terminal", "semigroup")]
    assert all(r is not None and r < 1e-10 for r in exact)


@pytest.mark.parametrize(
    ("name", "what", "old", "new"), MUTANTS, ids=[f"{m[0]}: {m[1]}" for m in MUTANTS]
)
def test_wrong_variants_are_refuted(name: str, what: str, old: str, new: str) -> None:
    many = what in ("weights swapped", "target's floor left out", "teacher's flow reversed")
    found = measure(
        mutant(name, old, new), unchecked, laws=("gaussian",), derivative="exact",
        examples=512 if many else 256, batches=40 if many else 6, progress=1.0,
    )  # fmt: skip
    assert refutes(found), [(m.quantity, m.errors, m.reason) for m in found]


def test_a_weight_of_the_residual_is_told_apart_from_a_bias() -> None:
    """The mixture's residual is not symmetric: weighed by itself its mean is not zero."""
    found = measured("meanflow", "mixture", 512, 12)
    by_name = {m.quantity: m for m in found}
    assert by_name["loss"].verdict == NOT_DECIDED
    assert "E[w Δ] = 0" in by_name["loss"].reason
    assert by_name["loss without its weight"].verdict == HOLDS
    assert by_name["error"].verdict == HOLDS


def test_a_finite_gap_is_a_bias_and_a_shorter_one_less() -> None:
    """Consistency training replaces a flow by a straight step: exact in the limit only."""
    shifts = []
    for progress in (0.0, 3 / 8):  # the gap halves eight times over training
        found = measure("ect", fmdsl.compile, laws=("gaussian",), progress=progress,
                        examples=256, batches=16)  # fmt: skip
        shifts.append(next(abs(m.bias or 0.0) for m in found if m.quantity == "huber"))
        assert refutes(found) == (progress == 0) or shifts[-1] < shifts[0] / 4


def test_a_gradient_that_is_no_number_holds_nothing() -> None:
    gradients = [torch.tensor([1.0, float("nan")])] * 3
    what, reason = verdict(mean_of(gradients, 1.0), 1.0)
    assert what == NOT_DECIDED
    assert reason == "the gradient is not finite at the truth"


def test_the_interval_counts_that_the_surest_of_many_is_shown() -> None:
    """Of a thousand true zeros the surest is 3 errors away, and the interval still holds zero."""
    torch.manual_seed(1)
    mean = mean_of(list(torch.randn(64, 1000, dtype=torch.float64)), 1.0)
    assert mean.errors > 2.5
    assert mean.interval[0] < 0 < mean.interval[1]


def test_a_random_critic_decides_nothing() -> None:
    found = measure("dmd2", fmdsl.compile, laws=("gaussian",), examples=64, batches=8)
    verdicts = {(m.group, m.quantity): m.verdict for m in found}
    assert verdicts["G", "mse"] == verdicts["f+disc", "mse"] == HOLDS
    assert verdicts["G", "loss"] == NOT_DECIDED


def test_a_loss_that_no_gradient_leaves_is_refuted() -> None:
    spec = mutant("flow_matching", "mse(v(z, t, c), D(z, t))", "mse(sg(v(z, t, c)), D(z, t))")
    found = measure(spec, unchecked, laws=("gaussian",), examples=32, batches=4)
    assert [m.verdict for m in found] == [REFUTED]
    assert "no gradient arrives" in found[0].reason


def test_what_is_not_measured_says_why() -> None:
    found = measure("reflow", fmdsl.compile, laws=("gaussian",))
    assert [m.verdict for m in found] == [NOT_MEASURED]
    assert "pairs" in found[0].reason


@pytest.mark.parametrize(
    ("name", "strategy"),
    [("meanflow", "forward_ad"), ("lsd", "double_backward"), ("lsd", "finite_difference")],
)
def test_derivatives_by_every_strategy(name: str, strategy: str) -> None:
    rounding = 1e-4 if strategy == "finite_difference" else 1e-7
    found = measure(name, fmdsl.compile, laws=("gaussian",), derivative=strategy, examples=48,
                    batches=6, rounding=rounding)  # fmt: skip
    assert not refutes(found), [m.reason for m in found]
    for m in found:
        if m.quantity == "lagrangian":
            exact = 1e-4 if strategy == "finite_difference" else 1e-12
            assert m.residual is not None and m.residual < exact


def test_a_logarithm_of_a_residual_is_a_weight_too() -> None:
    loss = "mse(v(z, t, c), D(z, t))"
    spec = mutant("flow_matching", loss, f"log({loss} + 0.01)")
    found = measure(spec, unchecked, laws=("mixture",), examples=512, batches=16)
    assert [m.verdict for m in found] == [NOT_DECIDED, HOLDS]


def test_a_path_without_a_velocity_is_not_measured() -> None:
    found = measure("ddpm", fmdsl.compile, laws=("gaussian",))
    assert [m.verdict for m in found] == [NOT_MEASURED]
