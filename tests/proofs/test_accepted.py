"""Unusual but right specs: accepted, and proved as far as they can be."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.proofs.verify import verify_all
from fmdsl.syntax.reader import read, read_text

UNUSUAL = sorted((Path(__file__).parents[1] / "checks" / "accepted").glob("*.yaml"))

HEAD = """
spec: head
nets:
  u: student(point@t, r, t) -> tangent
  v: critic(point@t, t) -> tangent
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)
let:
  z: path(x, e, t)
  V: u(z, r, t) + (t - r) * sg(D(u(z, r, t), t, z=v(z, t)))
minimize:
  u: sse(V, e - x)
  v: sse(v(z, t), e - x)
identity:
  - meanflow(u)
  - velocity(v)
sample:
  step(z, t, r): z - (t - r) * u(z, r, t)
  times: 1, 0
"""

GUIDED = """
spec: guided
nets:
  u: student(point@t, r, t, label) -> tangent
  T: teacher(point@t, t, label) -> tangent
draw:
  x, c: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)
let:
  ω: 2
  z: path(x, e, t)
  guide(z, t): T(z, t, null) + ω * (T(z, t, c) - T(z, t, null))
  w: guide(z, t)
  target: w - (t - r) * D(u(z, r, t, c), t, z=w)
minimize:
  u: sse(u(z, r, t, c), sg(target))
identity:
  - u(z, r, t, c) = (flow(z, t, r, of=guide) - z) / (r - t)
sample:
  step(z, t, r): z - (t - r) * u(z, r, t, c)
  times: 1, 0
"""

REVERSED = """
spec: reversed
path: z@t = t * x + (1 - t) * e
nets:
  u: student(point@t, t, r) -> tangent
draw:
  x: data
  e: noise
  t, r: ordered(uniform(0, 1), equal=0.5)
let:
  z: path(x, e, t)
  target: x - e + (r - t) * D(u(z, t, r), t)
minimize:
  u: sse(u(z, t, r), sg(target))
identity:
  - u(z, t, r) = (flow(z, t, r) - z) / (r - t)
sample:
  step(z, t, r): z + (r - t) * u(z, t, r)
  times: 0, 1
"""


def kinds(text: str, obligation: str) -> list[str]:
    report = verify_all(read_text(text))
    assert not report.is_refused, report.headline
    return [v.kind for v in report.verdicts if v.obligation == obligation]


@pytest.mark.parametrize("path", UNUSUAL, ids=lambda p: p.stem)
def test_nothing_speaks_against_an_unusual_spec(path: Path) -> None:
    report = verify_all(read(path))
    assert not report.is_refused, report.headline


def test_a_learned_velocity_head_as_tangent_holds_if_it_has_converged() -> None:
    assert kinds(HEAD, "truth stationary") == ["holds if", "proved"]


def test_guidance_inside_the_target_is_the_flow_of_the_guided_velocity() -> None:
    assert kinds(GUIDED, "truth stationary") == ["proved"]
    assert kinds(GUIDED, "sampler exact") == ["proved"]


def test_reversed_time_is_proved_throughout() -> None:
    report = verify_all(read_text(REVERSED))
    assert {v.kind for v in report.verdicts} == {"proved"}


def test_a_data_prediction_with_a_velocity_loss_is_proved_above_its_floor() -> None:
    report = verify_all(read("jit"))
    told = {v.obligation: v for v in report.verdicts}
    assert told["truth stationary"].kind == "proved"
    assert told["sampler exact"].reason.startswith("t >= 1/20")


def test_a_guided_sampler_is_the_laws_at_its_scales_value_and_outside_of_its_interval() -> None:
    told = [v for v in verify_all(read("flow_matching_guided")).verdicts if "exact" in v.obligation]
    assert [v.kind for v in told] == ["holds if", "proved"]
    assert told[0].reason.startswith("scale = 1: then") and "where not low" in told[1].subject


def test_a_guided_sampler_that_is_never_the_laws_is_refuted() -> None:
    text = read("flow_matching_guided").source.text
    wrong = read_text(text.replace("scale, 1)", "scale, 0)"), "wrong.yaml")
    told = [v for v in verify_all(wrong).verdicts if "exact" in v.obligation]
    assert [v.kind for v in told] == ["holds if", "refuted"]


def test_ancestral_sampling_keeps_the_law_in_the_limit_and_is_not_taken_for_a_flow() -> None:
    told = [v for v in verify_all(read("ddpm")).verdicts if v.obligation == "sampler exact"]
    assert [v.kind for v in told] == ["proved in the limit", "not decided"]
    assert "keeps the law, to first order" in told[0].reason
    assert "no draw of the law" in told[1].reason


@pytest.mark.parametrize("large", [0, 1])
@pytest.mark.parametrize("noise", ["sqrt(β(t, s))", "0.3 * sqrt(β(t, s))"])
def test_a_step_keeps_the_law_with_the_power_that_its_mean_makes_up_for(large, noise) -> None:
    """Either variance of DDPM has the mean of the posterior; a third of the noise has not."""
    text = read("ddpm").source.text.replace("large: 1", f"large: {large}")
    report = verify_all(read_text(text.replace("sqrt(β(t, s)), 0)", f"{noise}, 0)"), "d.yaml"))
    (told,) = (v for v in report.verdicts if v.subject == "step where s > 0")
    assert told.kind == ("refuted" if noise.startswith("0.3") else "proved in the limit")


@pytest.mark.parametrize("score", ["", "0.5 * "])
def test_a_step_of_the_reverse_equation_has_the_whole_score_where_its_noise_is(score) -> None:
    text = read("score_sde").source.text
    drift = f"-0.5 * β(t) * z - {score}β(t) * s(z, t, c)"
    rule = f"step(z, t, r): z + (r - t) * ({drift}) + sqrt(β(t) * (t - r)) * fresh"
    wrong = read_text(
        text.replace("velocity(z, t): -0.5 * β(t) * (z + s(z, t, c))", rule), "s.yaml"
    )
    (told,) = (v for v in verify_all(wrong).verdicts if v.obligation == "sampler exact")
    assert told.kind == ("refuted" if score else "proved in the limit")


EULER = "z - (t - r) * v(z, t, c)"
HEUN = f"z - (t - r) * (v(z, t, c) + v({EULER}, r, c)) / 2"
SOLVED = "solve(v(z, t, c), z, t, r, method=heun, steps=2)"


@pytest.mark.parametrize("step", [EULER, HEUN, SOLVED])
def test_a_small_step_of_a_velocity_follows_the_flow(step) -> None:
    text = read("flow_matching").source.text
    rule = text.replace("velocity(z, t): v(z, t, c)", f"step(z, t, r): {step}")
    told = verify_all(read_text(rule, "euler.yaml")).verdicts
    assert [v.kind for v in told if v.obligation == "sampler exact"] == ["proved in the limit"]


@pytest.mark.parametrize("sign", ["+", "-"])
def test_a_step_without_noise_goes_to_the_clean_estimate_and_back_by_the_same_noise(sign) -> None:
    """DDIM's with η = 0, arXiv:2010.02502, equation 12."""
    text = read("ddpm").source.text
    clean = "(z - sqrt(1 - alpha_bar(t)) * ε(z, t, c)) / sqrt(alpha_bar(t))"
    there = f"sqrt(alpha_bar(s)) * {clean} {sign} sqrt(1 - alpha_bar(s)) * ε(z, t, c)"
    rule = text.replace("μ(z, t, s) + where(s > 0, sqrt(β(t, s)), 0) * fresh", there)
    (told,) = (
        v for v in verify_all(read_text(rule, "i.yaml")).verdicts if v.obligation == "sampler exact"
    )
    assert told.kind == ("proved in the limit" if sign == "+" else "refuted")


def test_a_step_is_proved_in_the_limit_with_its_order() -> None:
    told = {v.obligation: v for v in verify_all(read("consistency_distillation")).verdicts}
    assert told["truth stationary"].kind == "proved in the limit"
    assert "order 2" in told["truth stationary"].reason, "one step of Heun's method"
