"""Objectives come out of a law as the published ones, verify, and say how they came about."""

from __future__ import annotations

import pytest

from fmdsl.proofs.derive import NotDerived, derive
from fmdsl.proofs.relate import relate
from fmdsl.proofs.verify import verify_all
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text

#: law, by, for, stop, the published spec that it trains like.
CHOICES = [
    ("average", "t", "u", "target", "meanflow"),
    ("average", "t", "u", "derivative", "meanflow"),
    ("average", "t", "u", "space", "esd"),
    ("average", "r", "u", "velocity", "lsd"),
    ("map", "s", "F", "velocity", "tvm"),
    ("map", "s", "F", "velocity", "lsd"),
]


@pytest.mark.parametrize(("law", "by", "net", "stop", "published"), CHOICES)
def test_it_is_the_published_one(law, by, net, stop, published):
    found = derive(law, by, net, stop)
    mine = elaborate_spec(read_text(found.text))
    relation = relate(mine, elaborate_spec(read(published)))
    assert relation.holds, relation.reason


@pytest.mark.parametrize(("law", "by", "net", "stop"),
                         [c[:4] for c in CHOICES] + [("consistency", "t", "F", "")])  # fmt: skip
def test_it_verifies_with_nothing_left_open(law, by, net, stop):
    report = verify_all(read_text(derive(law, by, net, stop).text))
    assert {v.kind for v in report.verdicts} == {"proved"}, report.headline


def test_every_step_has_words_and_a_formula_in_two_scripts():
    steps = derive("(t - r) * u = integral of v", "t", "u").steps
    assert steps[0].text == "-z + flow(z, t, r) + (t - r)*u(z, r, t)"
    assert "Psi" in steps[0].latex and all(s.words for s in steps)
    assert steps[-1].form == steps[1].form, "the objective's residual is the law's derivative"


def test_consistency_is_meanflow_at_zero_up_to_its_time():
    text = derive("consistency", "t", "F").text
    at_zero = """
spec: at_zero
nets:
  F: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  t: uniform(0, 1)
let:
  z: path(x, e, t)
minimize:
  F: sse(F(z, t), sg(D(z, t) - t * D(F(z, t), t)))
identity:
  - F(z, t) = (flow(z, t, 0) - z) / (0 - t)
sample:
  velocity(z, t): F(z, t)
  times: 1, 0
"""
    found = relate(elaborate_spec(read_text(text)), elaborate_spec(read_text(at_zero)))
    assert found.holds and str(found.factor) == "t/2"


@pytest.mark.parametrize(("choice", "told"), [
    (("averge", "t", "u"), "did you mean `average`"),
    (("average", "q", "u"), "--by t --for u, --by r --for u"),
    (("average", "t", "u", "nothing"), "--stop target, derivative, space"),
])  # fmt: skip
def test_what_does_not_follow_is_told(choice, told):
    with pytest.raises(NotDerived) as stop:
        derive(*choice)
    assert told in str(stop.value)
