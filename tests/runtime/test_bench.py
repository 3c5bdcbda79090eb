"""A benchmark counts what methods cost, trains them at one budget, and tells what it found."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from fmdsl.runtime.bench import all, run
from fmdsl.runtime.bench.jobs import jobs_of
from fmdsl.runtime.bench.methods import Method, method
from fmdsl.runtime.bench.plan import Budget, Place
from fmdsl.runtime.bench.results import Results
from fmdsl.runtime.bench.rows import fault
from fmdsl.runtime.bench.table import report
from fmdsl.runtime.data import load
from fmdsl.runtime.fault import RunError

DIGITS = load("digits")
BUDGET = Budget("mixture2d", 4, 8, ("backbone=mlp", "width=8", "depth=1"), 64)


def known(spec: str) -> Method:
    return method(spec, DIGITS, "digits")


@pytest.mark.parametrize(
    ("spec", "forwards"),
    [
        ("flow_matching", 1),
        ("meanflow", 0.25 * 2 + 0.75),  # a derivative is two forwards, on a quarter of the rows
        ("dmf", 0.5 * 1 + 0.5 * 6),  # a stage by its share; the learned weight is small
        ("dmd2", 4 / 5 + 4),  # a generator that moves every fifth update
    ],
)
def test_a_step_costs_what_its_calls_do(spec: str, forwards: float) -> None:
    assert known(spec).cost == pytest.approx(forwards)


def test_a_branch_on_progress_counts_while_it_is_taken() -> None:
    assert known("meanflow").cost < known("alphaflow_curriculum").cost < 2.75


def test_teachers_come_first_and_are_not_counted_twice(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    methods = [known("dmd2"), known("scd"), known("flow_matching")]
    results = Results(BUDGET, place)
    jobs = jobs_of(methods, DIGITS, BUDGET, place, 2, results)
    first = [j.spec for j in jobs if j.seed == 0]
    assert first == ["flow_matching", "trigflow", "dmd2", "scd"]
    assert [j.measured for j in jobs[:4]] == [True, False, True, True]
    assert jobs[2].teachers == (place.folder("mixture2d", "flow_matching", 0),)


def test_what_a_method_is_told_is_declared() -> None:
    assert known("freeflow").tuned == ("optimizer.default.lr=2e-4",)  # it has a critic
    assert known("ayf_emd").tuned == ("settings.λ=1",) and known("meanflow").tuned == ()


def test_a_further_round_trains_on_pairs_of_the_one_before(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    first, again = jobs_of([known("reflow")], DIGITS, BUDGET, place, 1, Results(BUDGET, place))
    assert first.spec == "rectified_flow" and again.pairs == first.folder in again.teachers
    assert run.run(first)[0]["updates"] == 4
    row, _ = run.run(again)
    assert set(row["steps"]) == {"1", "2", "4", "8"}, row


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> tuple[Place, dict[str, Any]]:
    """Two methods in workers of their own."""
    out = tmp_path_factory.mktemp("bench")
    place = Place(out / "runs", out / "results")
    told, whole = all.bench(["rcm"], BUDGET, place, 1, False, lambda text: None)
    assert whole, report(told)
    return place, told


def test_the_results_hold_quality_cost_and_distance(found: tuple[Place, dict[str, Any]]) -> None:
    place, told = found
    plain, taught = told["rows"]
    assert plain["spec"] == "flow_matching" and set(plain["steps"]) == {"1", "2", "4", "8"}
    assert plain["reference"]["steps"] == 50 and "v" in plain["closed_form"]
    assert taught["cost"] == 7.04 and taught["updates"] == 1
    page = report(told)
    assert "| `rcm` |" in page and "real data (floor)" in page
    for suffix in (".png", "_samples.png"):
        assert Image.open(place.file("mixture2d", suffix)).size[0] > 300
    kept = np.load(place.file("mixture2d", "_samples.npz"))
    assert kept["rcm"].shape == kept["real data"].shape == (1000, 2)


def test_what_is_done_is_kept(found: tuple[Place, dict[str, Any]]) -> None:
    place, told = found
    lines: list[str] = []
    again, _ = all.bench(["rcm"], BUDGET, place, 1, False, lines.append)
    assert again == told and lines == ["2 methods, 4 forwards each, 0 runs to go"]


def test_a_method_can_be_forgotten_alone(found: tuple[Place, dict[str, Any]]) -> None:
    place, told = found
    results = Results(BUDGET, place)
    results.forget("rcm")
    [left] = results.as_data()["rows"]
    assert left == told["rows"][0] and ("rcm", 0) not in results


def test_rows_of_two_budgets_do_not_mix(found: tuple[Place, dict[str, Any]]) -> None:
    place, _ = found
    with pytest.raises(RunError, match="rows with `forwards` 4, not 8"):
        all.bench([], replace(BUDGET, forwards=8), place, 1, False, lambda text: None)


def test_a_run_that_cannot_be_is_a_row_with_its_reason(tmp_path: Path) -> None:
    place = Place(tmp_path, tmp_path)
    [job] = jobs_of([known("flow_matching")], DIGITS, BUDGET, place, 1, Results(BUDGET, place))
    row, samples = run.run(replace(job, changes=(*job.changes, "clip=-1")))
    assert samples is None and "`clip` is -1" in fault(row)


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("meanflo", 1, "did you mean `meanflow`?"),
        ("meanflow --data digts", 1, "did you mean `digits`?"),
        ("meanflow --net backbone=mlp --net widht=8", 1, "did you mean `width`?"),
        ("meanflow --net 8", 2, "no `KEY=VALUE`"),
        ("meanflow --device gpu", 2, "`gpu` is no device"),
    ],
)
def test_what_cannot_be_is_refused_before_training(
    words: str,
    code: int,
    told: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    from fmdsl.cli import main

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "argv", ["fmdsl", "bench", *words.split()])
    with pytest.raises(SystemExit) as stop:
        main()
    assert stop.value.code == code and told in capsys.readouterr().err
