"""Flow maps: Lagrangian and split forms, parameterizations of a map."""

from __future__ import annotations

from tests.proofs.relations.relation import (
    NUMBERS,
    Relation,
    algebra,
    consistency,
    passing,
    plain,
    related,
    verified,
)

SPLIT = plain(
    "sse(u(z, r, t), sg((1 - λ) * u(z - (t - s) * u(z, s, t), r, s) + λ * u(z, s, t)))",
    "λ: 0.1", "s: t - λ * (t - r)",
)  # fmt: skip
OWN_VELOCITY = plain("sse(u(z, r, t), sg(u(z, t, t) - (t - r) * D(u(z, r, t), t, z=u(z, t, t))))")
SHORT_FIRST = consistency(
    "sse(f(z, t), sg(f(z - h * (z - f(z, t)) / t, t - h))) / (2 * h)", "h: 0.1"
)
OWN_DIRECTION = consistency("dot(f(z, t), sg(D(f(z, t), t, z=(z - f(z, t)) / t)))")
IMAGE = """spec: image
nets:
  X: student(point@t, r, t) -> mean
draw:
  x: data
  e: noise
  r, t: ordered(uniform(0.01, 1), equal=0.5)
let:
  z: path(x, e, t)
  u(z, r, t): (z - X(z, r, t)) / t
minimize:
  X: sse(u(z, r, t), sg(D(z, t) - (t - r) * D(u(z, r, t), t)))
identity:
  - u(z, r, t) = (flow(z, t, r) - z) / (r - t)
sample:
  step(z, t, r): (r / t) * z + (1 - r / t) * X(z, r, t)
  times: 1, 0
"""
LMD = "spec: lagrangian\nextends: ayf_lmd\nminimize:\n  F: {}\n"
STOPPED = LMD.format(
    "sse(F(z, t, s, c), sg(guide(f(z, t, s), s) - (s - t) * D(F(z, t, s, c), s, t=0)))"
)
THROUGH = LMD.format("sse(D(f(z, t, s), s, t=0), sg(guide(f(z, t, s), s)))")

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "R12", "AlphaFlow with r = 0 is consistency training of step α t",
        ("alphaflow", "consistency_training"), "proved",
        *algebra("test_relations", "TestAlphaFlow.test_r12_at_zero_it_is_consistency_training"),
    ),
    Relation(
        "R13", "a split of share λ comes to MeanFlow along its own velocity as λ -> 0",
        ("psd", "meanflow"), "limit", "relate", related(SPLIT, OWN_VELOCITY, limit="λ"),
    ),
    Relation(
        "R15", "TVM is LSD, its moving average taken for its net", ("tvm", "lsd"),
        "proved", "verify: claim", verified("tvm", "claim"),
    ),
    Relation(
        "R16", "AYF-LMD is LSD with a teacher and its derivative stopped", ("ayf_lmd", "lsd"),
        "gradient-equal, factor (t - s)/2", "relate", related("ayf_lmd", STOPPED),
    ),
    Relation(
        "R16", "AYF-LMD is LSD with a teacher as LSD is published, gradient through the derivative",
        ("ayf_lmd", "lsd"), "different", "relate", related("ayf_lmd", THROUGH),
    ),
    Relation(
        "R17", "consistency is the semigroup to r = 0 with an infinitesimal first step",
        ("consistency_training", "psd"), "limit", "relate",
        related(SHORT_FIRST, OWN_DIRECTION, limit="h"),
    ),
    Relation(
        "R18", "CTM's map (r/t) z + (1 - r/t) X is z - (t - r) u with the image X of pMF", ("pmf",),
        "proved", "verify: sampler exact", verified(IMAGE, "sampler exact"),
    ),
    Relation(
        "R29", "DMF at r = t is the flow model it was made from", ("dmf_converted",),
        NUMBERS, "runtime: `test_at_equal_times_the_map_is_the_flow_model_bit_for_bit`",
        passing(
            "tests.runtime.test_decoupling."
            "test_at_equal_times_the_map_is_the_flow_model_bit_for_bit", NUMBERS
        ),
    ),
    Relation(
        "R33", "where trajectories are straight u = v and Du = 0, whatever the law", ("reflow",),
        "proved",
        *algebra("test_relations", "TestStraight.test_r33_straight_trajectories_hide_every_sign"),
    ),
)  # fmt: skip
