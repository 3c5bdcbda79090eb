"""Where a loss is least in a learned weight, by symbolic minimisation."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.proofs.obligations.learned_weight import OBLIGATION
from fmdsl.proofs.proving import verdicts
from fmdsl.proofs.verdict import Verdict
from fmdsl.proofs.verify import Case, elaborate_spec
from fmdsl.syntax.reader import read, read_text

PLAIN = Path(__file__).parents[1] / "checks" / "accepted" / "learned_weight.yaml"
ERROR = "mse(v(z, t), D(z, t))"
LOSS = f"exp(-w(t)) * {ERROR} + w(t)"
SHOWN = "mse(v(z, t), e - x)"


def told(loss: str) -> Verdict:
    text = PLAIN.read_text(encoding="utf-8").replace(LOSS, loss)
    (found,) = verdicts(OBLIGATION, Case(elaborate_spec(read_text(text))))
    return found


@pytest.mark.parametrize(("loss", "best"), [
    (LOSS, f"log({SHOWN})"),
    (f"0.5 * exp(-2 * w(t)) * {ERROR} + w(t)", f"log({SHOWN})/2"),
    (f"exp(w(t)) * {ERROR} - w(t)", f"-log({SHOWN})"),
    (f"w(t) * {ERROR} - log(w(t))", f"1/{SHOWN}"),
    (f"{ERROR} + w(t)^2", "0"),
])  # fmt: skip
def test_a_weight_that_is_paid_for_has_a_best_value(loss: str, best: str) -> None:
    found = told(loss)
    assert found.kind == "proved"
    assert f"least at w = {best}," in found.reason


@pytest.mark.parametrize(("loss", "way"), [
    (f"exp(w(t)) * {ERROR} + w(t)", "falls for ever as w falls"),
    (f"exp(-w(t)) * {ERROR} - w(t)", "falls for ever as w grows"),
    (f"exp(-w(t)) * {ERROR}", "falls for ever as w grows"),
    (f"log(exp(-w(t)) * {ERROR} + 1) + w(t)", "falls for ever as w falls"),
    (f"w(t) - exp(w(t)) * {ERROR}", "is where the loss is largest"),
    (f"exp(-w(t)) + w(t) - {ERROR}", "the loss falls as the error grows"),
])  # fmt: skip
def test_one_that_runs_off_or_rewards_errors_is_refuted(loss: str, way: str) -> None:
    found = told(loss)
    assert found.kind == "refuted" and found.counterexample is not None
    assert way in found.reason


def test_two_stationary_points_are_not_decided() -> None:
    assert told(f"{ERROR} / (1 + exp(w(t))) + w(t)").kind == "not decided"


@pytest.mark.parametrize("name", ["scm", "scd", "dmf", "dmf_converted"])
def test_the_shipped_learned_weights_are_proved(name: str) -> None:
    found = tuple(verdicts(OBLIGATION, Case(elaborate_spec(read(name)))))
    assert found and {v.kind for v in found} == {"proved"}
