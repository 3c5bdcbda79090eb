"""A second state that a net is told: the law is meant given it."""

from __future__ import annotations

from fmdsl.proofs.relate import relate
from fmdsl.proofs.verify import Report, verify_all
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text

POSTERIOR = """
spec: posterior
nets:
  u: student(point@s, s, point@t, t) -> tangent
draw:
  x: data
  o: data
  e, n: noise
  s, t: uniform(0, 1)
let:
  z: path(x, e, t)
  y: path(x, n, s)
minimize:
  u: mse(u(y, s, z, t), D(y, s))
identity:
  - u(y, s, z, t) = velocity(y, s, given=z)
sample:
  step(z, t, s): path(fresh - u(fresh, 1, z, t), fresh', s)
  times: 1, 0
"""


def stationary(report: Report) -> list[str]:
    return [v.kind for v in report.verdicts if v.obligation == "truth stationary"]


def verified(*swap: str) -> Report:
    text = POSTERIOR.replace(*swap) if swap else POSTERIOR
    return verify_all(read_text(text, "posterior.yaml"))


def test_the_mean_of_the_conditional_velocity_is_the_laws_given_the_context():
    assert stationary(verified()) == ["proved"]


def test_without_the_context_it_is_another_law():
    assert stationary(verified("velocity(y, s, given=z)", "velocity(y, s)")) == ["refuted"]


def test_a_context_of_other_data_tells_nothing():
    assert stationary(verified("z: path(x", "z: path(o")) == ["refuted"]
    free = POSTERIOR.replace("z: path(x", "z: path(o").replace(", given=z", "")
    assert stationary(verify_all(read_text(free, "free.yaml"))) == ["proved"]


def test_the_same_noise_leaves_nothing_random():
    assert stationary(verified("y: path(x, n", "y: path(x, e")) == ["refuted"]


def test_meta_flow_maps_are_proved_under_every_label():
    found = verify_all(read("meta_flow_map")).verdicts
    terms = [v for v in found if v.obligation == "truth stationary" and ": weight" not in v.subject]
    assert [v.kind for v in terms] == ["proved"] * 6
    (diagonal,) = (v for v in found if v.obligation == "boundary")
    assert "ω*v(z, s, c, |z) + (1 - ω)*v(z, s, null, |z)" in diagonal.reason


def test_a_map_in_a_context_is_no_plain_map():
    found = relate(*(elaborate_spec(read(n)) for n in ("meta_flow_map", "meanflow")))
    assert found.kind in ("different", "not decided")
