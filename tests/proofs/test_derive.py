"""Objectives come out of a law as the published ones, verify, and say how they came about."""

from __future__ import annotations

from fractions import Fraction

import pytest

from fmdsl.proofs.derive import derive
from fmdsl.proofs.relate import DIFFERENT, EQUAL, GRADIENT, relate
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text

GAP = "(t - r) * u(z, t - r) = z - flow(z, t, r)"
IMAGE = "t * flow(z, t, r) = r * z + (t - r) * X(z, r, t)"
CLEAN = "(t - r) * (z - X(z, r, t)) / t = z - flow(z, t, r)"


def related(text: str, other: str, **values: int | Fraction):
    """The relation of a derived spec to a shipped one, or to one in hand."""
    known = {k: Fraction(v) for k, v in values.items()}
    theirs = read_text(other) if ":" in other else read(other)
    return relate(elaborate_spec(read_text(text)), elaborate_spec(theirs, known), known)


@pytest.mark.parametrize(("choice", "published"), [
    (("average", "t", "u"), "meanflow"),
    (("average", "t", "velocity"), "meanflow"),
    ((GAP, "t", "velocity", "conditional", "head"), "imf"),
    (("average", "t", "velocity", "own", "", "space"), "esd"),
    (("average", "r", "velocity", "own"), "lsd"),
    (("map", "s", "velocity", "own"), "lsd"),
    (("map", "s", "velocity", "own"), "tvm"),
    (("average", "split", "u"), "psd_uniform"),
    (("average", "split", "u", "teacher"), "split_meanflow"),
    (("velocity", "nothing"), "flow_matching"),
    (("X(z, t) = z - t * velocity(z, t)", "nothing", "X"), "jit"),
])  # fmt: skip
def test_it_trains_like_the_published_one(choice, published):
    found = related(derive(*choice).text, published)
    assert found.kind == GRADIENT, found.reason


def test_a_teachers_lagrangian_is_align_your_flow_without_autoguidance():
    found = related(derive("map", "s", "map", "teacher").text, "ayf_lmd", λ=1)
    assert found.kind == EQUAL


def test_continuous_consistency_is_meanflow_to_the_clean_end():
    regressed, along = derive("consistency", "t", "F").text, derive("consistency", "t", "map").text
    assert related(regressed, "meanflow", r=0).factor == 1
    assert str(related(along, "meanflow", r=0).factor) == "t/2"


def test_consistency_on_the_circle_is_that_of_scm_before_weights_warm_up_and_normalisation():
    bare = """
spec: scm_bare
extends: scm
nets:
  w: ~
let:
  warm: ~
  unit: ~
  g: -cos(t)^2 * (d * out - dz) - cos(t) * sin(t) * (z + d * D(out, t))
minimize:
  F, w: ~
  F: sse(out, sg(out + g))
"""
    law = "cos(t) * z - sin(t) / 2 * F(2 * z, t) = flow(z, t, 0)"
    path = "z@t = cos(t) * x + sin(t) / 2 * e, 0 <= t <= pi / 2"
    along, regressed = (derive(law, "t", solved, path=path) for solved in ("map", "velocity"))
    assert "sin(t) * z + cos(t) / 2 * F(2 * z, t) + sin(t) / 2 * sg(D(F(2 * z, t), t))" in (
        regressed.text
    )
    found = [related(found.text, bare, d=Fraction(1, 2)) for found in (along, regressed)]
    assert [str(f.factor) for f in found] == ["sin(t)/(4*cos(t))", "1/2"]
    assert "t: uniform(0, pi / 2)" in along.text and "times: pi / 2, 0" in along.text


def test_the_convex_eulerian_loss_is_not_the_full_one():
    convex = """
spec: esd_convex
extends: esd
let:
  in_time: ~
  in_space: ~
  eulerian: sse(u(z, r, t, c) + (t - r) * D(u(z, r, t, c), t, z=sg(v)), sg(v))
"""
    mine = derive("average", "t", "velocity", "own", "", "velocity").text
    assert related(mine, convex).kind == GRADIENT
    found = related(mine, "esd")
    assert found.kind == DIFFERENT and found.counterexample is not None


def test_a_teachers_consistency_is_meanflow_along_the_teachers_flow():
    text = derive("consistency", "t", "F", "teacher").text
    assert "target: T(z, t) - t * D(F(z, t), t, z=T(z, t))" in text
    assert "z - t * F(z, t) = flow(z, t, 0, of=T)" in text


@pytest.mark.parametrize(("law", "by", "solved", "velocity", "line"), [
    (IMAGE, "t", "X", "", "target: r * z - r * t * D(z, t) - t * (t - r) * D(X(z, r, t), t)"),
    (IMAGE, "r", "velocity", "own", "v(z, t): (z - X(z, t, t)) / t"),
    (CLEAN, "t", "velocity", "own", "diagonal: sse(X(z', t', t'), z' - t' * D(z', t'))"),
    (GAP, "r", "velocity", "own", "V: u(z, t - r) - (t - r) * D(u(z, t - r), r)"),
    (IMAGE, "r", "map", "teacher", "X: -dot(f(z, r, t), sg(D(f(z, r, t), r) - T(f(z, r, t), r)))"),
    ("ε(z, t) = z + (1 - t) * velocity(z, t)", "nothing", "", "", "target: z + (1 - t) * D(z, t)"),
    ("(σ - s) * w(x, s, σ) = x - flow(x, σ, s, of=T)", "σ", "w", "",
     "target: T(x, σ) - (σ - s) * D(w(x, s, σ), σ, x=T(x, σ))"),
    ("flow(z, t, m) = z - (t - m) * f(z, m, t)", "split", "f", "",
     "target: λ * f(z, q, t) + (1 - λ) * f(X(z, q, t), m, q)"),
])  # fmt: skip
def test_a_law_that_was_typed_makes_an_objective(law, by, solved, velocity, line):
    found = derive(law, by, solved, velocity)
    assert line in found.text
    assert {v.kind for v in found.report.verdicts} == {"proved"}, found.report.headline


def test_at_equal_times_the_net_is_what_its_identity_says_solved_for_it():
    found = {law: derive(law, "t").report for law in ("average", IMAGE)}
    (average, image) = (
        [v.reason for v in report.verdicts if v.obligation == "boundary"]
        for report in found.values()
    )
    assert average == ["at equal times u is v(z, t), without a pole"]
    assert image == ["at equal times X is z - t*v(z, t), without a pole"]


MEANFLOW = """\
spec: average_by_t

nets:
  u: student(point@t, r, t) -> tangent

draw:
  x: data
  e: noise
  r, t: ordered(uniform(0, 1), equal=0.5)

let:
  z: path(x, e, t)
  target: D(z, t) - (t - r) * D(u(z, r, t), t)

minimize:
  u: sse(u(z, r, t), sg(target))

identity:
  - (t - r) * u(z, r, t) = z - flow(z, t, r)

sample:
  step(z, t, r): z - (t - r) * u(z, r, t)
  times: 1, 0
"""
TERMINAL = """\
spec: mine

nets:
  F: student(point@t, t, s) -> tangent

draw:
  x: data
  e: noise
  s, t: ordered(uniform(0, 1))
  t': uniform(0, 1)

let:
  z: path(x, e, t)
  V: F(z, t, s) - (t - s) * D(F(z, t, s), s)
  f(z, t, s): z - (t - s) * F(z, t, s)
  v(z, t): F(z, t, t)
  lagrangian: sse(V, sg(v(f(z, t, s), s)))
  z': path(x, e, t')
  diagonal: sse(F(z', t', t'), D(z', t'))

minimize:
  F: lagrangian + diagonal

identity:
  - z + (s - t) * F(z, t, s) = flow(z, t, s)

sample:
  step(z, t, s): f(z, t, s)
  times: 1, 0
"""


def test_the_whole_spec_is_written():
    assert derive("average", "t", "u").text == MEANFLOW
    assert derive("map", "s", "velocity", "own", name="mine").text == TERMINAL


def test_every_net_is_told_a_label_where_one_is_asked_for():
    found = derive("average", "r", "velocity", "teacher", label="c")
    lines = ("T: teacher(point@t, t, label) -> tangent", "x, c: data",
             "sse(V, sg(T(f(z, r, t), r, c)))", "- (t - r) * u(z, r, t, c) = z")  # fmt: skip
    assert all(line in found.text for line in lines)
    assert {v.kind for v in found.report.verdicts} == {"proved"}, found.report.headline


def test_a_law_is_known_by_what_it_is_called():
    assert derive("(t - r) * u = integral of v", "t", "u").text == MEANFLOW


def test_every_step_has_words_and_a_formula_in_two_scripts():
    steps = derive("average", "t", "u").steps
    told = [(s.words.split(":")[0].split(".")[0], s.text) for s in steps]
    assert told == [
        ("The law, (t - r) * u(z, r, t) = z - flow(z, t, r)",
         "-z + flow(z, t, r) + (t - r)*u(z, r, t)"),
        ("Differentiate by t, the state moving along the flow, dz/dt = velocity(z, t)",
         "u(z, r, t) - v(z, t) + (t - r)*∂t u(z, r, t) + (t - r)*D u(z, r, t)[v(z, t)]"),
        ("Solved for the net",
         "v(z, t) + (r - t)*∂t u(z, r, t) + (r - t)*D u(z, r, t)[v(z, t)]"),
        ("For the velocity stands the velocity of the draws", ""),
        ("With that the residual is",
         "-ξ + u(z, r, t) - v(z, t) + (t - r)*∂t u(z, r, t) + (t - r)*D u(z, r, t)[v(z, t)] "
         "+ (t - r)*D u(z, r, t)[ξ]"),
        ("and in expectation given the state, as E[ξ] = 0 there,", steps[1].text),
        ("Stopped", "δu(z, r, t)"),
        ("Read back from the text of the spec, the residual is that, term by term",
         steps[4].text),
    ]  # fmt: skip
    assert r"\Psi" in steps[0].latex and r"\partial_{t}" in steps[1].latex
    assert "E[ξ given z] = 0" in steps[3].words


def test_the_marginal_velocity_is_told_from_a_net_called_v():
    law, *_, last = derive("velocity", "nothing").steps
    assert law.text == "v(z, t) - velocity(z, t)" and last.text == "-ξ + v(z, t) - velocity(z, t)"


def test_the_law_of_flows_that_was_used_is_told():
    by_end, by_split = derive("average", "r", "velocity", "own").steps, derive("map", "split").steps
    assert "d flow/dr = velocity(flow, r)" in by_end[1].words
    assert "v(z + (r - t)*u(z, r, t), r)" in by_end[2].text
    assert "flow(flow(z, t, m), m, s) = flow(z, t, s)" in by_split[1].words
    assert any("Alone, the law holds for the flow of every velocity" in s.words for s in by_end)
