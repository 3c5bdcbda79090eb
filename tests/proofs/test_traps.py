"""Specs made to have something false proved of them, and right ones that look like them."""

from __future__ import annotations

import pytest

from fmdsl.proofs.verify import Report, verify_all
from fmdsl.syntax.reader import read_text

SPEC = """\
spec: trap
nets:
  {nets}
draw:
  x: data
  y: data
  e, n: noise
  {draw}
let:
  k: 0
  a: 1
  m: -1
  z: path(x, e, t)
  slope: D(u(z, r, t), t)
  target: D(z, t) - (t - r) * slope
  error: sse(u(z, r, t), sg(target))
  off: u(z, r, t) - target
minimize:
  {loss}
identity:
  {identity}
sample:
  step(z, t, r): z - (t - r) * u(z, r, t)
  times: 1, 0
"""
RIGHT = {
    "nets": "u: student(point@t, r, t) -> tangent",
    "draw": "r, t: ordered(uniform(0, 1), equal=0.5)",
    "loss": "u: error",
    "identity": "- u(z, r, t) = (flow(z, t, r) - z) / (r - t)",
}
TWO = "v, u: student(point@t, r, t) -> tangent, tangent"
SECOND = f"{RIGHT['identity']}\n  - "


def report(**changed: str) -> Report:
    return verify_all(read_text(SPEC.format(**{**RIGHT, **changed})))


@pytest.mark.parametrize(("loss", "by"), [
    ("-error", "descent"),
    ("m * error", "descent"),
    ("(r - t) * error", "descent"),
    ("-log(error + 1)", "descent"),
    ("error - 2 * error", "descent"),
    ("error - sse(u(z, t, t), D(z, t))", "descent"),
    ("sse(u(z, r, t), sg(u(z, r, t) + off))", "descent"),
    ("dot(u(z, r, t), sg(-off))", "descent"),
    ("k * error", "anchored"),
    ("k * error + sse(u(z, r, t), sg(u(z, r, t)))", "anchored"),
    ("sse(u(z, r, t), sg(ema(u(z, r, t), 0.9)))", "anchored"),
    ("sse(u(z, r, t), sg(D(z, t) - abs(r - t) / 2 * slope))", "truth stationary"),
    ("sse(u(z, r, t), sg(where(t > 0.5, target, D(z, t))))", "truth stationary"),
    ("sse(u(z, r, t), sg(where(a > 0, target, D(z, t))))", "truth stationary"),
    ("sse(u(z, r, t), sg(D(z, t) - 2 * a * (t - r) * slope))", "truth stationary"),
    ("sse(u(z, r, t), sg(e - y - (t - r) * slope))", "truth stationary"),
    ("sse(u(z, r, t), sg(n - x - (t - r) * slope))", "truth stationary"),
    ("k * error + sse(u(z, r, t), sg(D(z, t) + (t - r) * slope))", "truth stationary"),
])  # fmt: skip
def test_a_false_objective_is_refuted(loss: str, by: str) -> None:
    told = [v.obligation for v in report(loss=f"u: {loss}").verdicts if v.is_refuted]
    assert by in told


@pytest.mark.parametrize("loss", [
    "-m * error", "(t - r) * error", "log(error + 1)", "2 * error - error * m",
    "sse(u(z, r, t), sg(u(z, r, t) - off))", "dot(u(z, r, t), sg(off))",
    "-dot(-u(z, r, t), sg(off))",
    "sse(0.5 * u(z, r, t) + 0.5 * sg(u(z, r, t)), sg(target))",
    "sse(u(z, r, t), sg(where(a > 0, target, D(z, t) - (t - r) * slope)))",
])  # fmt: skip
def test_a_right_objective_is_not(loss: str) -> None:
    found = report(loss=f"u: {loss}")
    assert not found.is_refused, found.headline
    assert {v.kind for v in found.verdicts if v.obligation == "descent"} == {"proved"}


def test_what_is_right_at_the_value_of_a_setting_alone_holds_if_it_has_that_value() -> None:
    found = report(loss="u: sse(u(z, r, t), sg(D(z, t) - a * (t - r) * slope))")
    (told,) = [v for v in found.verdicts if v.obligation == "truth stationary"]
    assert told.kind == "holds if" and told.reason.startswith("only at a = 1: ")


def test_a_second_identity_follows_from_the_first_or_contradicts_it() -> None:
    agreeing = report(identity=f"{SECOND}u(z, t, t) = velocity(z, t)")
    assert "it follows from the first identity" in [v.reason for v in agreeing.verdicts]
    apart = report(identity=f"{SECOND}u(z, r, t) = velocity(z, t)")
    assert [v.obligation for v in apart.verdicts if v.is_refuted] == ["boundary"]


def test_an_output_that_only_its_weights_are_trained_of_is_not_sampled() -> None:
    identity = f"{SECOND}v(z, r, t) = velocity(z, t)"
    found = report(nets=TWO, loss="v: sse(v(z, r, t), D(z, t))", identity=identity)
    assert [d.code for d in found.case.errors] == ["E0702"]
    assert not report(nets=TWO, loss="v: error", identity=identity).is_refused


def test_a_net_trained_on_the_diagonal_alone_is_not_sampled_off_it() -> None:
    found = report(draw="r, t: ordered(uniform(0, 1), equal=1)")
    assert [d.code for d in found.case.errors] == ["E0702"]
