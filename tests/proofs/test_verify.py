"""What `verify` says of shipped specs."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from fmdsl.proofs.verify import Report, verify_all
from fmdsl.syntax.reader import read


def kinds(report: Report, obligation: str) -> list[str]:
    return [v.kind for v in report.verdicts if v.obligation == obligation]


@pytest.fixture(scope="module")
def report_of():
    known: dict[str, Report] = {}

    def report(name: str) -> Report:
        if name not in known:
            known[name] = verify_all(read(name))
        return known[name]

    return report


@pytest.mark.parametrize("name", ["flow_matching", "meanflow", "tvm", "dmd2"])
def test_nothing_speaks_against_a_shipped_spec(report_of, name):
    assert not report_of(name).is_refused


def test_flow_matching_is_proved_throughout(report_of):
    assert {v.kind for v in report_of("flow_matching").verdicts} == {"proved"}


def test_the_adaptive_weight_of_meanflow_is_named(report_of):
    report = report_of("meanflow")
    assert kinds(report, "truth stationary") == ["proved", "not decided"]
    (weight,) = [v for v in report.verdicts if v.kind == "not decided"]
    assert "E[w Δ] = 0" in weight.reason and "unweighted" in report.verdicts[1].reason


def test_terminal_velocity_matching_is_anchored_by_flow_matching_alone(report_of):
    (anchor,) = [v for v in report_of("tvm").verdicts if v.obligation == "anchored"]
    assert anchor.kind == "proved" and anchor.reason.startswith("flow_matching is not")


def test_a_distilled_generator_rests_on_its_critics(report_of):
    found = kinds(report_of("dmd2"), "truth stationary")
    assert found[:3] == ["holds if", "holds if", "proved"]


def test_every_proof_of_stationarity_ends_in_zero(report_of):
    for name in ("flow_matching", "meanflow", "tvm"):
        for v in report_of(name).verdicts:
            if v.obligation == "truth stationary" and v.kind == "proved":
                assert v.steps[-1].text == "0"


def test_a_derivation_reads_alike_whatever_was_proved_before_and_however_names_hash():
    alone, after = steps("0", "alphaflow"), steps("1", "meanflow", "alphaflow")
    assert "∂" in alone and after.endswith(alone)


def steps(seed: str, *specs: str) -> str:
    """What a process of its own prints."""
    command = [sys.executable, "-m", "fmdsl", "verify", "--steps", *specs]
    env = os.environ | {"PYTHONHASHSEED": seed}
    return subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout
