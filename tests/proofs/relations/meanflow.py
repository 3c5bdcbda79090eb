"""MeanFlow and what is equal to it; AlphaFlow's family; guidance."""

from __future__ import annotations

from tests.proofs.relations.relation import (
    CONTINUOUS,
    MEANFLOW,
    Relation,
    algebra,
    plain,
    related,
    verified,
)

IMF = plain("sse(u(z, r, t) + (t - r) * sg(D(u(z, r, t), t)), D(z, t))")
ESD = plain("sse(u(z, r, t) + (t - r) * sg(D(u(z, r, t), t, z=D(z, t))), sg(D(z, t)))")
EMD = plain("dot(f, sg(D(f, t)))", "f: z + (r - t) * u(z, r, t)")
DIAGONAL = plain("sse(u(z, t, t), D(z, t))")
TFM = plain("sse(u(z, r, t), D(z, t))")
OWN = """spec: own
extends: alphaflow
let:
  v: sg(u(z, s, t, c))
  error: mse(u(z, r, t, c), sg(jump))
"""
SEMIGROUP = "spec: semigroup\nextends: psd\nminimize:\n  u: semigroup\n"
BOOTSTRAP = "spec: bootstrap\nextends: shortcut\nminimize:\n  u: bootstrap\n"
WARM = """spec: warm
extends: meanflow
let:
  ρ: {}
  target: D(z, t) - ρ * (t - r) * D(u(z, r, t, c), t)
"""
UNFLOORED = "spec: unfloored\nextends: pmf\nlet:\n  velocity_to(x, z, t): (z - x) / t\n"
SCALES = "tests/proofs/test_guided.py"

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "R1", "an average velocity is the velocity at r = t", ("meanflow",),
        "proved", "verify: boundary", verified("meanflow", "boundary"),
    ),
    Relation(
        "R2", "the MeanFlow identity is the Eulerian equation of its map", ("meanflow", "esd"),
        "proved", *algebra("test_relations", "TestMeanFlow.test_r2_the_identity_is_eulerian"),
    ),
    Relation(
        "R3", "MeanFlow's loss is that of iMF with the tangent e - x", ("meanflow", "imf"),
        "equal", "relate", related(MEANFLOW, IMF),
    ),
    Relation(
        "R3", "and that of ESD with its whole derivative stopped", ("meanflow", "esd"),
        "equal", "relate", related(MEANFLOW, ESD),
    ),
    Relation(
        "R4", "AYF-EMD's gradient is MeanFlow's, teacher aside", ("ayf_emd", "meanflow"),
        "gradient-equal, factor (t - r)/2", "relate", related(EMD, MEANFLOW),
    ),
    Relation(
        "R5", "MeanFlow at r = 0 is continuous consistency", ("meanflow", "scm"),
        "gradient-equal, factor 2/t", "relate", related(MEANFLOW, CONTINUOUS, r=0),
    ),
    Relation(
        "R5", "and at r = t flow matching", ("meanflow", "flow_matching"),
        "gradient-equal, factor dim", "relate", related(DIAGONAL, "flow_matching"),
    ),
    Relation(
        "R9", "PSD's semigroup term at γ = 1/2 is Shortcut's bootstrap", ("psd", "shortcut"),
        "gradient-equal, factor dim", "relate", related(SEMIGROUP, BOOTSTRAP, γ="1/2"),
    ),
    Relation(
        "R9", "and AlphaFlow's at α = 1/2 with its own velocity", ("psd", "alphaflow"),
        "gradient-equal, factor 1/dim", "relate", related(OWN, SEMIGROUP, α="1/2", γ="1/2"),
    ),
    Relation(
        "R10", "PSD with uniform γ is SplitMeanFlow, if its teacher is the velocity",
        ("psd_uniform", "split_meanflow"),
        "gradient-equal in expectation", "relate", related("psd_uniform", "split_meanflow"),
    ),
    Relation(
        "R11", "AlphaFlow comes to MeanFlow as α -> 0", ("alphaflow", "meanflow"),
        "proved in the limit", "verify: claim", verified("alphaflow", "claim", "limit"),
    ),
    Relation(
        "R11", "and is flow matching at α = 1", ("alphaflow", "flow_matching"),
        "proved", "verify: claim", verified("alphaflow", "claim", "special"),
    ),
    Relation(
        "R14", "MeanFlow is flow matching and consistency, up to a constant", ("meanflow",),
        "proved",
        *algebra(
            "test_relations",
            "TestMeanFlow.test_r14_is_flow_matching_and_consistency_up_to_a_constant",
        ),
    ),
    Relation(
        "R19", "pMF is iMF with u = (z - x̂) / t, where its floor does not act", ("pmf", "imf"),
        "equal", "relate", related(UNFLOORED, "imf"),
    ),
    Relation(
        "R21", "MeanFlow's guided fixed point has scale ω / (1 - κ)", ("meanflow_guided",),
        "proved", "verify: truth stationary",
        verified("meanflow_guided", "truth stationary", "u: error"),
    ),
    Relation(
        "R21", "guidance by the model itself has 1 / (1 - ω)", ("dmf_converted",),
        "proved", "verify: truth stationary",
        verified("dmf_converted", "truth stationary", "u+φ: mean_flow"),
    ),
    Relation(
        "R21", "TVM's guided fixed point has scale ω", ("tvm_guided",),
        "proved", "verify: truth stationary", verified("tvm_guided", "truth stationary"),
    ),
    Relation(
        "R21", "and iMF's the ω that the net is told", ("imf_guided",),
        "proved", "verify: truth stationary",
        verified("imf_guided", "truth stationary", "u: error"),
    ),
    Relation(
        "R22", "the adaptive weight with p = 1 is a logarithm", ("meanflow", "dmf"),
        "proved",
        *algebra(
            "test_relations_consistency",
            "TestConsistency.test_r22_the_adaptive_weight_with_power_one_is_a_logarithm",
        ),
    ),
    Relation(
        "R23", "a normalised tangent is the adaptive weight with p = 1/2, not 1",
        ("ayf_emd", "rcm"),
        "proved",
        *algebra(
            "test_relations_consistency",
            "TestConsistency.test_r23_normalising_the_tangent_is_power_one_half_and_not_one",
        ),
    ),
    Relation(
        "R28", "UAIMF is MeanFlow up to its weights", ("uaimf", "meanflow"),
        "gradient-equal", "relate", related("uaimf", "meanflow"),
    ),
    Relation(
        "R30", "AlphaFlow's rows with α = 0 are MeanFlow's", ("alphaflow", "meanflow"),
        "gradient-equal, factor 1/dim", "relate",
        related("spec: zero\nextends: alphaflow\nlet:\n  α: 0\n", "meanflow"),
    ),
    Relation(
        "R35", "a warm-up factor 1 on (t - r) Du is MeanFlow", ("meanflow",),
        "equal", "relate", related(WARM.format(1), "meanflow", ρ=1),
    ),
    Relation(
        "R35", "and 0 is flow matching at every r", ("meanflow",),
        "gradient-equal", "relate", related(WARM.format(0), TFM, ρ=0),
    ),
    Relation(
        "R35", "a factor between is neither", ("meanflow",),
        "different", "relate", related(WARM.format(0.5), "meanflow"),
    ),
)  # fmt: skip
