"""A schedule must end where the identity holds, and a limit take all terms along."""

from __future__ import annotations

import pytest

from fmdsl.proofs.obligations import claims, stationary
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.proving import verdicts
from fmdsl.proofs.verdict import Verdict
from fmdsl.proofs.verify import Case, elaborate_spec
from fmdsl.syntax.reader import read, read_text

ALPHAFLOW = read("alphaflow").source
JUMP = (
    ("sg(where(α > 0, where(r < t, jump, v), slope))", "sg(jump)"),
    ("where(α > 0, where(r < t, α, 1), 1)", "α"),
)
LOSS = "u: weight * error / sg(error + 0.001)"


def told(obligation: Obligation, *swap: tuple[str, str]) -> tuple[Verdict, ...]:
    text = ALPHAFLOW.text
    for old, new in swap:
        assert old in text
        text = text.replace(old, new)
    case = Case(elaborate_spec(read_text(text, ALPHAFLOW.path)))
    return tuple(verdicts(obligation, case))


@pytest.mark.parametrize(("schedule", "right"), [
    ("1 - 0.99 * progress", True),
    ("0.01 + 0.99 * progress", False),
    ("0.01 + 0.4 * progress", False),
])  # fmt: skip
def test_what_holds_as_a_schedule_goes_to_zero_must_not_be_left_behind(
    schedule: str, right: bool
) -> None:
    found = told(stationary.OBLIGATION, ("α: 0.5", f"α: {schedule}"), *JUMP)
    assert all(v.kind != "refuted" for v in found) is right
    wrong = [v for v in found if v.kind == "refuted"]
    assert all("at the end of training" in v.subject for v in wrong)
    assert all(v.span is not None and v.span.text == schedule for v in wrong)


def test_a_curriculum_of_branches_is_proved_where_it_ends() -> None:
    case = Case(elaborate_spec(read("alphaflow_curriculum")))
    found = [v for v in verdicts(stationary.OBLIGATION, case) if "at the end" in v.subject]
    assert {v.kind for v in found} == {"proved"}
    assert all("α = 0" in v.subject for v in found)


@pytest.mark.parametrize(("loss", "kind"), [
    (LOSS, "proved in the limit"),
    ("u: where(α > 0, where(r < t, 1 / α, 1), 1) * error", "proved in the limit"),
    ("u: error", "refuted"),
    ("u: error / sg(error + 0.001)", "refuted"),
    ("u: weight * error", "refuted"),
])  # fmt: skip
def test_in_a_limit_no_row_outweighs_the_others(loss: str, kind: str) -> None:
    found = told(claims.OBLIGATION, (LOSS, loss))
    assert found[0].subject == "limit(meanflow, α=0)"
    assert found[0].kind == kind


def test_a_share_that_ends_next_to_one_is_taken_for_it_and_told() -> None:
    case = Case(elaborate_spec(read("ayf_emd")))
    (found,) = verdicts(stationary.OBLIGATION, case)
    assert found.kind == "holds if"
    assert found.reason.startswith("ρ = 1, next to which it ends")
