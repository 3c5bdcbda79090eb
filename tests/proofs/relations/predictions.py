"""Consistency models in their paths, predictions and clocks, and score distillation."""

from __future__ import annotations

from tests.proofs.relations.relation import (
    CONTINUOUS,
    Relation,
    algebra,
    consistency,
    numbers,
    plain,
    related,
    verified,
)

DISCRETE = consistency("sse(f(z, t), sg(f(path(x, e, t - h), t - h))) / (2 * h)", "h: 0.1")
SHIFTED = plain("sse(u(z, r, t), sg(u(z, r, t) - x)) / 2")
PRESCRIBED = plain("dot(u(z, r, t), sg(x))")
NOISE = """spec: noise
extends: flow_matching
nets:
  v: ~
  ε: student(point@t, t, label) -> noise
minimize:
  v: ~
  ε: mse(ε(z, t, c), e)
identity:
  - ε(z, t, c) = expect(e, given=z)
sample:
  velocity(z, t): (ε(z, t, c) - z) / (1 - t)
  times: 1, 0
"""
IN_IMAGES = """spec: images
extends: jit
let:
  v: ~
minimize:
  X: mse(X(z, t, c), x)
sample:
  velocity(z, t): (z - X(z, t, c)) / t
  times: 1, 0
"""
MARGINAL = """spec: marginal
extends: flow_matching
minimize:
  v: mse(v(z, t, c), sg(velocity(z, t)))
"""
CONSISTENCY, EXPECTATION = "TestConsistency", "TestExpectation"
KERNEL = "test_relations_consistency"

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "R6", "discrete consistency comes to the continuous one as its step goes to 0",
        ("consistency_training", "scm"), "limit", "relate",
        related(DISCRETE, CONTINUOUS, limit="h"),
    ),
    Relation(
        "R7", "sCM's gradient in the angle is MeanFlow's at r = 0", ("scm", "meanflow"),
        "proved",
        *algebra("test_relations", "TestMeanFlow.test_r7_trigflow_consistency_at_zero"),
    ),
    Relation(
        "R8", "a regression on a shifted copy prescribes the shift", ("scm", "rcm", "dmd2"),
        "gradient-equal", "relate", related(SHIFTED, PRESCRIBED),
    ),
    Relation(
        "R20", "JiT's velocity loss is its image loss over t², floored", ("jit",),
        "gradient-equal, factor 1/max(t, 1/20)^2", "relate", related("jit", IN_IMAGES),
    ),
    Relation(
        "R24", "velocity and noise prediction differ by (1 - t)²", ("flow_matching", "ddpm"),
        "gradient-equal, factor 1/(1 - t)^2", "relate", related("flow_matching", NOISE),
    ),
    Relation(
        "R24", "velocity and image prediction by t²", ("flow_matching", "jit"),
        "gradient-equal, factor 1/t^2", "relate", related("flow_matching", IN_IMAGES),
    ),
    Relation(
        "R24", "the probability flow's velocity is the conditional mean, for any path",
        ("score_sde",), "proved",
        *algebra(
            "test_relations_conversions",
            "TestConversions.test_r24_the_probability_flow_is_the_conditional_mean",
        ),
    ),
    Relation(
        "R25", "rCM's wrapper turns a linear net into a TrigFlow net", ("rcm",), "proved",
        *algebra(
            "test_relations_conversions",
            "TestConversions.test_r25_trigflow_wraps_a_linear_net",
        ),
    ),
    Relation(
        "R26", "total derivatives of sCM's and sCTM's maps", ("scm",), "proved",
        *algebra(KERNEL, f"{CONSISTENCY}.test_r26_trigflow_total_derivatives"),
    ),
    Relation(
        "R27", "rCM's tangent is sCM's once warmed up, and only then", ("rcm", "scm"), "proved",
        *algebra(
            KERNEL, f"{CONSISTENCY}.test_r27_rcm_and_scm_tangents_agree_only_after_the_warm_up"
        ),
    ),
    Relation(
        "R28", "UAIMF's β is 1 at the end, and 1 on average at the start, with λ = 1.3045",
        ("uaimf",),
        *numbers("test_relations_weights", "test_r28_the_weight_of_gaps_is_one_on_average"),
    ),
    Relation(
        "R31", "a log-normal σ is a logit-normal t, its mean moved by -log σ_d",
        ("scm", "consistency_training", "ect"),
        *numbers("test_relations_weights", "test_r31_a_log_normal_level_is_a_logit_normal_time"),
    ),
    Relation(
        "R32", "regressing on e - x has the gradient of regressing on v", ("flow_matching",),
        "gradient-equal in expectation", "relate", related("flow_matching", MARGINAL),
    ),
    Relation(
        "R32", "with a derivative along it, only where that is stopped", ("meanflow",), "proved",
        *algebra(KERNEL, f"{EXPECTATION}.test_r32_meanflow_needs_its_stop"),
    ),
    Relation(
        "R34", "DMD's loss prescribes the difference of denoisers", ("dmd2", "rcm"), "proved",
        *algebra(KERNEL, f"{EXPECTATION}.test_r34_dmd_is_a_prescribed_gradient"),
    ),
    Relation(
        "R34", "which is one of scores, if its critic has converged", ("dmd2",), "holds if",
        "verify: critics", verified("dmd2", "critics", "G: mse"),
    ),
)  # fmt: skip
