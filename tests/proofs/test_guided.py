"""Identities of guided methods: the flow of a guided velocity, of the scale that training fixes.

The fixed points are those of the published methods: MeanFlow's ω / (1 - κ), 1 / (1 - ω) of guidance
by the model itself, iMF's and TVM's ω. Every other scale is refused.
"""

from __future__ import annotations

import pytest

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.boundary import OBLIGATION as BOUNDARY
from fmdsl.proofs.obligations.sampler import OBLIGATION as SAMPLER
from fmdsl.proofs.obligations.stationary import OBLIGATION as STATIONARY
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text
from fmdsl.terms.show import show_term

HEAD = """
spec: guided
nets:
  u: student(point@t, r, t, label) -> tangent
draw:
  x, l: data
  c: dropped(l, p=0.1)
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)
let:
  ω: 0.4
  κ: 0.3
  z: path(x, e, t)
  away(z, t): velocity(z, t) - velocity(z, t, given=null)
  guided(z, t): velocity(z, t, given=null) + ({scale}) * away(z, t)
  v: where(labelled(c), {target}, D(z, t))
  target: v - (t - r) * D(u(z, r, t, c), t, z=v)
minimize:
  u: sse(u(z, r, t, c), sg(target))
identity:
  - u(z, r, t, c) = (flow(z, t, r, of=guided) - z) / (r - t)
sample:
  step(z, t, r): z - (t - r) * u(z, r, t, c)
  times: 1, 0
"""
MEANFLOW = "ω * D(z, t) + (1 - ω - κ) * u(z, t, t, null) + κ * u(z, t, t, c)"
BY_ITSELF = "D(z, t) + ω * (u(z, t, t, c) - u(z, t, t, null))"
IMPROVED = "D(z, t) + (1 - 1 / ω) * (u(z, t, t, c) - u(z, t, t, null))"


def case(text: str) -> Case:
    return Case(elaborate_spec(read_text(text)))


def kinds(text: str) -> set[str]:
    return {v.kind for v in STATIONARY.prove(case(text))}


@pytest.mark.parametrize(("target", "scale"), [
    (MEANFLOW, "ω / (1 - κ)"), (BY_ITSELF, "1 / (1 - ω)"), (IMPROVED, "ω"),
])  # fmt: skip
def test_r21_the_fixed_point_has_its_scale_for_every_r(target, scale):
    assert kinds(HEAD.format(target=target, scale=scale)) == {"proved"}


@pytest.mark.parametrize(("target", "scale"), [
    (MEANFLOW, "ω"), (MEANFLOW, "ω / (1 + κ)"), (BY_ITSELF, "1 / (1 + ω)"), (BY_ITSELF, "ω"),
    (IMPROVED, "1 - 1 / ω"), (IMPROVED.replace("1 - 1 / ω", "ω - 1"), "ω"), (IMPROVED, "1"),
])  # fmt: skip
def test_r21_another_scale_is_refused(target, scale):
    found = list(STATIONARY.prove(case(HEAD.format(target=target, scale=scale))))
    assert found[0].is_refuted and found[0].counterexample is not None
    assert found[1].kind == "proved", "rows without a label are not guided"


def test_a_branch_of_guidance_in_time_is_read_on_its_own_side():
    interval = f"where(t < 0.75, {MEANFLOW}, D(z, t))"
    right = HEAD.format(target=interval, scale="where(t < 0.75, ω / (1 - κ), 1)")
    assert kinds(right) == {"proved"}
    other = HEAD.format(target=interval, scale="where(t < 0.5, ω / (1 - κ), 1)")
    assert "the identity branches by the sign of" in next(STATIONARY.prove(case(other))).reason
    assert "refuted" in kinds(HEAD.format(target=interval, scale="where(t < 0.75, 1, ω / (1 - κ))"))


@pytest.mark.parametrize("name", ["meanflow_guided", "tvm_guided"])
def test_a_shipped_guided_method_is_stationary_at_its_guided_flow(name):
    found = Case(elaborate_spec(read(name)))
    proofs = [v for v in STATIONARY.prove(found) if not v.subject.endswith("weight")]
    assert {v.kind for v in proofs} == {"proved"}
    exact = [v for o in (SAMPLER, BOUNDARY) for v in o.prove(found)]
    assert {v.kind for v in exact} == {"proved"}


def test_a_scale_that_the_net_is_told_is_the_scale_of_its_flow() -> None:
    found = list(STATIONARY.prove(Case(elaborate_spec(read("imf_guided")))))
    assert {v.kind for v in found if not v.subject.endswith("weight")} == {"proved"}
    text = read("imf_guided").source.text
    assert "v(z, t - r, c, ω, a, b) = guided(z, t)" in text
    wrong = text.replace("guidance: where(labelled(c), 1 - 1/inside, 0)", "guidance: 1 - inside")
    refuted = [v.subject for v in STATIONARY.prove(case(wrong)) if v.is_refuted]
    assert any("error_v where" in subject for subject in refuted)


def test_where_its_floor_does_not_act_the_same_holds_of_images() -> None:
    found = list(STATIONARY.prove(Case(elaborate_spec(read("pmf_guided")))))
    proofs = [v for v in found if not v.subject.endswith("weight")]
    assert {v.kind for v in proofs if "not t > 0.05" not in v.subject} == {"holds if"}


def test_a_flow_of_a_told_scale_is_not_taken_for_that_of_another() -> None:
    text = read("imf_guided").source.text
    two = text.replace("V: u(z, t - r, c, ω, a, b) +", "V: u(z, t - r, c, 1, a, b) +")
    rows = [v for v in STATIONARY.prove(case(two)) if "error_u" in v.subject]
    guided = [v for v in rows if v.subject.endswith("and labelled(c)")]
    assert guided and all("other clocks" in v.reason for v in guided)


def test_a_stage_before_the_last_need_not_end_at_the_truth():
    main = [
        v for v in STATIONARY.prove(Case(elaborate_spec(read("dmf")))) if "weight" not in v.subject
    ]
    assert main[0].subject.startswith("warmup/") and main[0].kind == "not decided"
    assert {v.kind for v in main[1:]} == {"proved"}


def test_the_velocity_without_a_label_is_another_one():
    spec = elaborate_spec(read_text(HEAD.format(target=MEANFLOW, scale="ω / (1 - κ)")))
    assert not spec.findings
    assert show_term(spec.equations[0].right) == "(flow(z, t, r, of=guided) - z) / (r - t)"
    text = read("flow_matching").source.text.replace(
        "= velocity(z, t)", "= velocity(z, t, given=c)"
    )
    assert show_term(elaborate_spec(read_text(text)).equations[0].right).endswith("given=c)")
    wrong = read("flow_matching").source.text.replace(
        "= velocity(z, t)", "= velocity(z, t, given=null)"
    )
    assert "refuted" in kinds(wrong), "the labels of the data are not the empty one"
