"""What critics come to in every convention, what R1 changes, and who follows them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.checks import errors
from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.critics import OBLIGATION
from fmdsl.proofs.verdict import Verdict
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text

ACCEPTED = Path(__file__).parents[1] / "checks" / "accepted"
GAN = """
spec: gan
nets:
  G: student(noise) -> point@0
  disc: critic(point) -> logit
draw:
  x: data
  ε, n, m: noise
let:
  σ: 0.1
  y: G(ε)
minimize:
  G: {}
  disc: {}
sample:
  draw: G(ε)
"""
LOGISTIC = "softplus(-disc(x)) + softplus(disc(sg(y)))"
HINGE = "relu(1 - disc(x)) + relu(1 + disc(sg(y)))"
SQUARES = "(disc(x) - 1)^2 + disc(sg(y))^2"
WASSERSTEIN = "disc(sg(y)) - disc(x)"
RELATIVISTIC = "softplus(disc(sg(y)) - disc(x))"
R1 = " + 0.5 * jvp(disc, x, n)^2"
NEAR = " + 100 * sse(disc(x + σ * n) - disc(x))"


def case(text: str) -> Case:
    return Case(elaborate_spec(read_text(text)))


def told(text: str) -> list[Verdict]:
    return list(OBLIGATION.prove(case(text)))


def gan(critic: str, generator: str = "-disc(y)") -> list[Verdict]:
    return told(GAN.format(generator, critic))


@pytest.mark.parametrize(("critic", "optimum"), [
    (LOGISTIC, "it comes to log(p/q)"),
    ("softplus(disc(x)) + softplus(-disc(sg(y)))", "it comes to log(q/p)"),
    (f"3 * ({LOGISTIC})", "it comes to log(p/q)"),
    ("2 * softplus(-disc(x)) + softplus(disc(sg(y)))", "it comes to log(2*p/q)"),
    (HINGE, "it comes to 1 where p > q and -1 where p < q"),
    ("3 * relu(1 - disc(x)) + relu(1 + disc(sg(y)))", "1 where p > q/3 and -1 where p < q/3"),
    (SQUARES, "it comes to p/(p + q)"),
    ("(disc(x) - 1)^2 + (disc(sg(y)) + 1)^2", "it comes to (p - q)/(p + q)"),
    (RELATIVISTIC, "it comes to log(p/q), up to a constant"),
])  # fmt: skip
def test_the_optimum_of_every_convention_is_found_point_by_point(critic, optimum):
    found = gan(critic)[0]
    assert found.kind == "proved" and found.reason.endswith(optimum), found.reason


@pytest.mark.parametrize(("critic", "why"), [
    (WASSERSTEIN, "linear in its number, which has no least value unless its slope is bounded"),
    ("relu(1 + disc(sg(y)) - disc(x))", "its optimum depends on the whole of both laws"),
    ("(disc(x) - disc(sg(y)) - 1)^2", "depends on the whole of both laws"),
    ("softplus(disc(G(n - x)) - disc(x))", "the two samples of a pair share x"),
    (LOGISTIC.replace("disc(x)", "disc(0.5 * x + 0.5 * sg(y))"), "neither a real nor a generated"),
    (LOGISTIC + " + sse(disc(2 * x + σ * n) - disc(x))", "more than added noise"),
])  # fmt: skip
def test_where_there_is_no_pointwise_optimum_it_is_said_why(critic, why):
    found = gan(critic)[0]
    assert found.kind == "not decided" and why in found.reason, found.reason


@pytest.mark.parametrize("critic", [
    "-softplus(-disc(x)) - softplus(disc(sg(y)))", "-softplus(disc(sg(y)) - disc(x))",
    LOGISTIC + R1.replace("+", "-"), "-(disc(x) - 1)^2 - disc(sg(y))^2",
])  # fmt: skip
def test_a_loss_turned_upside_down_is_refused(critic):
    found = gan(critic)[0]
    assert found.is_refuted and "no least value" in found.reason and found.counterexample


AGREE = [
    (LOGISTIC, "softplus(-disc(y))"), (LOGISTIC, "-softplus(disc(y))"), (HINGE, "-disc(y)"),
    (SQUARES, "(disc(y) - 1)^2"), (WASSERSTEIN, "-disc(y)"),
    (RELATIVISTIC, "softplus(disc(x) - disc(y))"),
]  # fmt: skip


@pytest.mark.parametrize(("critic", "generator"), AGREE)
def test_the_generator_follows_its_critic_in_every_convention(critic, generator):
    found = gan(critic, generator)[-1]
    assert (
        found.kind == "proved"
        and found.reason == "G descends towards what disc says of real samples"
    )
    assert not errors(case(GAN.format(generator, critic)).faults)


@pytest.mark.parametrize(("critic", "generator"), [
    (LOGISTIC, "softplus(disc(y))"), (LOGISTIC, "-softplus(-disc(y))"), (HINGE, "disc(y)"),
    (SQUARES, "disc(y)^2"), (WASSERSTEIN, "disc(y)"), (RELATIVISTIC, "softplus(disc(y) - disc(x))"),
])  # fmt: skip
def test_a_generator_of_the_wrong_sign_is_refused_in_every_convention(critic, generator):
    found = gan(critic, generator)[-1]
    assert found.is_refuted and "generated samples" in found.reason and found.counterexample


class TestPenalty:
    def test_r1_is_the_limit_of_no_penalty_and_says_what_it_solves(self):
        first, equal, _ = gan(LOGISTIC + R1)
        assert first.kind == "proved in the limit"
        assert first.reason.endswith("log(p/q) as the weight of R1 goes to 0, to order 1 in it")
        assert "(-p + q*exp(D))/(exp(D) + 1) = ∇·(p ∇D)" in first.steps[0].words
        assert equal.kind == "proved"
        assert equal.reason == (
            "where the two laws are one, the constant 0 is its optimum, with R1 as without"
        )

    def test_a_difference_along_noise_is_r1_times_the_square_of_its_step(self):
        first = gan(LOGISTIC + NEAR)[0]
        assert first.kind == "proved in the limit" and "approximate R1" in first.reason
        assert first.steps[0].text == "D D(z)[n]^2", "the square of the slope along the noise"
        assert any("= 2 ∇·(p ∇D)" in s.words for s in first.steps), "100 σ² = 1, twice"
        divided = gan(LOGISTIC + " + sse((disc(x + σ * n) - disc(x)) / σ)")[0]
        assert any("= 2 ∇·(p ∇D)" in s.words for s in divided.steps), "σ goes out"

    def test_both_sides_are_penalised_with_the_sum_of_the_densities(self):
        both = LOGISTIC + R1 + R1.replace("x", "sg(y)").replace("n)", "m)")
        first = gan(both)[0]
        assert "R1 and R2" in first.reason
        assert any("= ∇·((p + q) ∇D)" in s.words for s in first.steps)

    def test_a_linear_loss_has_an_optimum_once_its_slope_is_penalised(self):
        first, equal, _ = gan(WASSERSTEIN + R1)
        assert first.kind == "proved" and first.reason.endswith("it solves -p + q = ∇·(p ∇D)")
        assert "a constant is its optimum" in equal.reason

    def test_a_pair_with_r1_and_r2_is_known_in_the_limit_up_to_a_constant(self):
        text = (ACCEPTED / "adversarial_relativistic.yaml").read_text(encoding="utf-8")
        kinds = [v.kind for v in told(text)]
        assert kinds == ["proved in the limit", "proved", "proved"]

    def test_kinks_and_a_penalty_have_no_formula(self):
        first = gan(HINGE + R1)[0]
        assert first.kind == "not decided" and "kinks" in first.reason

    def test_the_variation_is_the_euler_equation_of_one_dimension(self):
        """`p a'(D) + q b'(D) = 2 c ∇·(ρ ∇D)`, against sympy's own calculus of variations."""
        import sympy as sp
        from sympy.calculus.euler import euler_equations

        z, c = sp.symbols("z c", positive=True)
        p, q, d = (sp.Function(n)(z) for n in "pqD")
        loss = p * sp.log(1 + sp.exp(-d)) + q * sp.log(1 + sp.exp(d)) + c * p * d.diff(z) ** 2
        (found,) = euler_equations(loss, d, z)
        ours = (q * sp.exp(d) - p) / (1 + sp.exp(d)) - 2 * c * (p * d.diff(z)).diff(z)
        assert sp.simplify(found.lhs - ours) == 0
        assert sp.simplify(ours.subs(q, p).subs(d, 0).doit()) == 0, "at equal laws, D = 0"

    def test_its_first_order_is_the_one_that_is_told(self):
        """D = D₀ + c D₁ with `(p a'' + q b'')(D₀) D₁ = 2 ∇·(p ∇D₀)`, in one dimension."""
        import sympy as sp

        z, c = sp.symbols("z c")
        p, q = 1 + z**2, 2 + z
        zero, d = sp.log(p / q), sp.Symbol("d")
        slope = (q * sp.exp(d) - p) / (1 + sp.exp(d))
        one = 2 * sp.diff(p * sp.diff(zero, z), z) / sp.diff(slope, d).subs(d, zero)
        whole = zero + c * one
        left = slope.subs(d, whole) - 2 * c * sp.diff(p * sp.diff(whole, z), z)
        assert abs(sp.N(left.subs({c: 0, z: 0.3}))) < 1e-12
        assert abs(sp.N(sp.diff(left, c).subs({c: 0, z: 0.3}))) < 1e-10


SID = (ACCEPTED / "sid.yaml").read_text(encoding="utf-8")
LOSS = "f(z, σ) - y - α * a)"


class TestScoreDifferences:
    @pytest.mark.parametrize(("loss", "factor"), [
        (LOSS, "σ^4*(1 - α)"),
        (LOSS.replace("α * a", "0.5 * a"), "σ^4/2"),
        (LOSS.replace("f(", "ψ("), "-α*σ^4"),
    ])  # fmt: skip
    def test_the_projected_identity_of_sid_has_its_factor(self, loss, factor):
        found = told(SID.replace(LOSS, loss))[-1]
        assert found.kind == "holds if" and "ψ has converged" in found.reason
        assert f"its value is {factor} times the squared difference" in found.reason

    def test_a_product_that_is_no_projection_is_not_taken_for_one(self):
        assert "no multiple" in told(SID.replace("- y - α", "- 2 * y - α"))[-1].reason
        assert "stopped" in told(SID.replace("dot(a, f", "dot(sg(a), f"))[-1].reason

    @pytest.mark.parametrize(("push", "kind", "factor"), [
        ("t * (T(z, t) - f(z, t))", "holds if", "t^2"),
        ("T(z, t) - f(z, t)", "holds if", "t"),
        ("t * (T(z, t) - 2 * f(z, t))", "refuted", ""),
        ("T(z, t) - f(z, t) + z", "refuted", ""),
    ])  # fmt: skip
    def test_vsd_is_a_score_difference(self, push, kind, factor):
        text = (ACCEPTED / "score_difference_of_noise.yaml").read_text(encoding="utf-8")
        text = text.replace("t * (T(z, t) - f(z, t))", push).replace(
            "ε, e: noise", "x: data\n  ε, e: noise"
        )
        text += "identity:\n  - T(z, t) = expect(e, given=path(x, e, t))\n"
        text += "  - f(z, t) = expect(e, given=path(y, e, t))\n"
        found = told(text)[-1]
        assert found.kind == kind
        if factor:
            assert found.steps[-1].text == factor

    @pytest.mark.parametrize(("push", "told_", "factor"), [
        ("t^2 * (T(z, t, c) - e)", "of the noise around one sample and of the data", "t^3"),
        ("t^2 * (guided - e)", "the latter guided", "t^3"),
        ("t^2 * T(z, t, c)", "up to noise of mean zero", "t^3"),
        ("t^2 * (T(z, t, c) - z)", "no difference of two scores", ""),
    ])  # fmt: skip
    def test_sds_is_the_score_of_one_sample_against_the_teachers(self, push, told_, factor):
        text = (ACCEPTED / "score_distillation.yaml").read_text(encoding="utf-8")
        text = text.replace("t^2 * (guided - e)", push).replace("c: data(label)", "x, c: data")
        text += "identity:\n  - T(z, t, c) = expect(e, given=path(x, e, t))\n"
        found = told(text)[-1]
        assert told_ in found.reason
        assert found.steps[-1].text == factor or not factor

    def test_dmd_with_a_guided_teacher_is_a_difference_from_the_guided_score(self):
        text = read("dmd2").source.text
        assert told(text)[-1].reason.endswith("the difference of the two laws' scores")
        guide = "T(z, t, null) + 8 * (T(z, t, c) - T(z, t, null))"
        found = told(text.replace("z - t * T(z, t, c)", f"z - t * ({guide})"))[-1]
        assert found.kind == "holds if" and "the data's a guided one" in found.reason
