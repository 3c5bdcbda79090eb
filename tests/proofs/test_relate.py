"""Relations between shipped specs, and the false friends decided the other way."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fmdsl.proofs.relate import AVERAGE, DIFFERENT, EQUAL, GRADIENT, LIMIT, relate
from fmdsl.proofs.verify import verify_all
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text


def spec(name: str, **settings: int):
    return elaborate_spec(read(name), {k: Fraction(v) for k, v in settings.items()})


@pytest.mark.parametrize("name", ["meanflow", "flow_matching", "tvm", "psd", "scm"])
def test_every_spec_equals_itself(name):
    assert relate(spec(name), spec(name)).kind == EQUAL


def test_r15_terminal_velocity_matching_is_lagrangian_self_distillation():
    found = relate(spec("tvm"), spec("lsd"))
    assert found.kind == GRADIENT
    assert "F(z, t, r, c)" in found.steps[0].words, "the nets are told"


def test_r11_alphaflow_goes_to_meanflow_and_begins_as_flow_matching():
    found = relate(spec("alphaflow"), spec("meanflow"), None, ("α", Fraction(0)))
    assert found.kind == LIMIT and "α^1" in found.reason
    at_one = {"α": Fraction(1)}
    found = relate(spec("alphaflow", α=1), spec("flow_matching"), at_one)
    assert found.kind == GRADIENT and found.factor == 1
    found = relate(spec("alphaflow"), spec("meanflow"))
    assert found.kind == DIFFERENT and found.counterexample is not None


def test_r10_split_meanflow_is_uniform_psd_if_its_teacher_is_the_velocity():
    found = relate(spec("psd_uniform"), spec("split_meanflow"))
    assert found.kind == AVERAGE
    assert any("T(z, t, t, c) = velocity(z, t)" in s.words for s in found.steps) or (
        "factors of its own" in found.reason
    )


@pytest.mark.parametrize(("a", "b"), [
    ("meanflow", "esd"), ("meanflow", "flow_matching"), ("lsd", "psd"), ("lsd", "esd"),
    ("psd", "shortcut"),
])  # fmt: skip
def test_false_friends_are_apart_in_a_world(a, b):
    found = relate(spec(a), spec(b))
    assert found.kind == DIFFERENT and found.counterexample is not None


def test_claims_are_proved_and_refuted():
    text = "spec: c\nextends: alphaflow\nclaims:\n  - {}\n"
    for claim, kind in [
        ("special(flow_matching, α=1)", "proved"),
        ("limit(meanflow, α=0)", "proved in the limit"),
        ("different(meanflow)", "proved"),
        ("equal(meanflow)", "refuted"),
        ("better(meanflow)", "not decided"),
        ("equal(nowhere)", "not decided"),
    ]:
        report = verify_all(read_text(text.format(claim)))
        (found,) = [v.kind for v in report.verdicts if v.obligation == "claim"]
        assert found == kind, claim
