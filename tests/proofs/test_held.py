"""Where SiD's product leads with its critic held: the closed forms, and what is told of a spec."""

from __future__ import annotations

from math import exp, tanh
from pathlib import Path

import pytest

from fmdsl.proofs.verdict import Verdict
from fmdsl.proofs.verify import verify_all
from fmdsl.syntax.reader import read_text

SID = (Path(__file__).parents[1] / "checks" / "accepted" / "sid.yaml").read_text(encoding="utf-8")
LOSS = "dot(a, f(z, σ) - y - α * a)"


VELOCITIES = """
spec: sid_of_velocities
nets:
  G: student(point@t, t) -> tangent
  T: frozen(point@t, t) -> tangent
  f: critic(point@t, t) -> tangent
draw:
  x: data
  ε, e: noise
  t: uniform(0.02, 0.98)
let:
  y: ε - G(ε, 1)
  z: path(y, e, t)
  z': path(sg(y), e, t)
  real: z - t * T(z, t)
  fake: z - t * f(z, t)
minimize:
  G: LOSS
  f: mse(f(z', t), D(z', t))
identity:
  - T(z, t) = velocity(z, t)
  - f(z, t) = expect(D(z, t), given=z)
sample:
  draw: ε - G(ε, 1)
"""


def told(*swap: tuple[str, str]) -> Verdict:
    text = SID
    for old, new in swap:
        assert old in text
        text = text.replace(old, new)
    report = verify_all(read_text(text, "sid.yaml"))
    return next(v for v in report.verdicts if v.obligation == "critics" and v.subject[0] == "G")


def held(v: float, of: float, ρ: float, a: float) -> float:
    """`L₂ - a L₁` at data of variance 1 and samples of variance v, ψ at its optimum for `of`."""
    f, ψ = 1 / (1 + ρ), of / (of + ρ)
    square = (f - ψ) ** 2 * (v + ρ)
    return (f - ψ) * ((v + ρ) * f - v) - a * square


def slope(v: float, ρ: float, a: float, step: float = 1e-6) -> float:
    return (held(v + step, v, ρ, a) - held(v - step, v, ρ, a)) / (2 * step)


@pytest.mark.parametrize("v", [0.0, 0.1, 0.9, 1.5, 20.0])
@pytest.mark.parametrize("ρ", [0.01, 1.0])
@pytest.mark.parametrize("a", [-1.2, 0.0, 0.5, 1.2, 2.2])
def test_the_slope_by_the_variance_has_the_sign_of_its_closed_form(v, ρ, a):
    factor = ρ / (1 + ρ)
    closed = factor**2 * (v - 1) / (v + ρ) * (1 + a * (1 - v) / (v + ρ))
    assert slope(v, ρ, a) == pytest.approx(closed, rel=1e-4, abs=1e-8)


@pytest.mark.parametrize("v", [0.2, 3.0])
def test_a_half_is_the_fisher_divergence_and_any_other_is_that_near_the_truth(v):
    def fisher(v: float) -> float:
        return held(v, v, 0.5, 0)

    half = (fisher(v + 1e-6) - fisher(v - 1e-6)) / 4e-6
    assert slope(v, 0.5, 0.5) == pytest.approx(half, rel=1e-4)
    near = 1 + 1e-3 * (v - 1)
    assert slope(near, 0.5, 2.2) == pytest.approx(slope(near, 0.5, 0.5), rel=0.01)


def test_the_denoiser_of_two_points_is_a_hyperbolic_tangent():
    z, ρ = 0.3, 0.4
    up, down = (exp(-((z - x) ** 2) / (2 * ρ)) for x in (1, -1))
    assert (up - down) / (up + down) == pytest.approx(tanh(z / ρ))


class TestWhatIsTold:
    def test_the_shipped_sign_is_told_with_both_parts_of_its_gradient(self):
        found = told()
        assert found.kind == "holds if"
        assert [s.text for s in found.steps[-2:]] == ["1/2", "(1 - 2*α)/2"]

    def test_a_negative_factor_holds_what_has_collapsed(self):
        found = told(("- α * a)", "+ α * a)"))
        assert found.is_refuted and "collapsed" in found.reason
        assert found.residual is not None and found.counterexample is not None
        assert "σ = " in found.counterexample.at

    @pytest.mark.parametrize(
        "swap",
        [("G: dot", "G: -dot"), (LOSS, LOSS.replace("f(z, σ) - y", "y - f(z, σ)"))],
    )
    def test_a_sign_turned_descends_along_minus_the_divergence(self, swap):
        found = told(swap)
        assert found.is_refuted and "minus the Fisher divergence" in found.reason

    @pytest.mark.parametrize("net", ["f", "ψ"])
    def test_a_product_whose_second_factor_reads_one_net_is_judged_as_well(self, net):
        found = told((LOSS, f"dot(a, {net}(z, σ) - y)"))
        assert found.kind == "holds if" and found.steps[-2].text == "1/2"
        assert told((LOSS, f"dot(a, y - {net}(z, σ))")).is_refuted

    @pytest.mark.parametrize("sign", ["", "-"])
    @pytest.mark.parametrize("net", ["real", "fake"])
    def test_nets_that_answer_in_velocities_are_read_as_denoisers(self, net, sign):
        text = VELOCITIES.replace("LOSS", f"{sign}dot(real - fake, {net} - y)")
        assert verify_all(read_text(text, "sid.yaml")).is_refused == (sign == "-")

    @pytest.mark.parametrize("loss", ["dot(real - fake, 2 * z - real - y)", "dot(real, fake - y)"])
    def test_a_product_of_other_factors_is_no_such_product(self, loss):
        report = verify_all(read_text(VELOCITIES.replace("LOSS", loss), "sid.yaml"))
        of_it = [v.kind for v in report.verdicts if v.obligation == "critics" and "G" in v.subject]
        assert of_it in ([], ["not decided"])

    def test_with_the_states_stopped_it_is_a_difference_of_scores(self):
        found = told(("z: path(y, e, σ)", "z: path(sg(y), e, σ)"))
        assert found.kind == "holds if" and "no gradient passes through its nets" in found.reason

    def test_the_critic_in_the_residual_is_the_product_of_a_larger_factor(self):
        found, same = told((LOSS, LOSS.replace("f(", "ψ("))), told(("α: 1.2", "α: 2.2"))
        assert found.kind == same.kind == "holds if"
        assert [s.text for s in found.steps[-2:]] == ["1/2", "-(2*α + 1)/2"]
