"""False friends: what is often taken for a relation, decided the other way."""

from __future__ import annotations

from tests.proofs.relations.meanflow import TFM
from tests.proofs.relations.relation import MEANFLOW, Relation, algebra, plain, related, verified

IN_TIME, WHOLE = "D(u(z, r, t), t, z=0)", "D(u(z, r, t), t)"
FULL = plain(f"sse(u(z, r, t) + (t - r) * ({IN_TIME} + sg({WHOLE} - {IN_TIME})), D(z, t))")
SEMIGROUP = "spec: semigroup\nextends: psd\nminimize:\n  u: semigroup\n"

RELATIONS: tuple[Relation, ...] = (
    Relation(
        "F1", "the minimiser of MeanFlow with its adaptive weight is the average velocity",
        ("meanflow",), "not decided", "verify: truth stationary",
        verified("meanflow", "truth stationary", "u: weight"),
    ),
    Relation(
        "F2", "a target by a moving average is the target by the net, before it arrives",
        ("tvm", "shortcut"),
        "different",
        *algebra(
            "test_wrong_variants",
            "test_an_ema_target_is_another_objective_until_it_arrives", "different",
        ),
    ),
    Relation(
        "F3", "ESD with gradient through ∂ₜu is MeanFlow", ("esd", "meanflow"),
        "different", "relate", related(FULL, MEANFLOW),
    ),
    Relation(
        "F3", "ESD as shipped, along its own diagonal, is MeanFlow", ("esd", "meanflow"),
        "different", "relate", related("meanflow", "esd"),
    ),
    Relation(
        "F4", "AlphaFlow at α = 1/2 is Shortcut without its own velocity", ("alphaflow", "psd"),
        "different", "relate", related("alphaflow", SEMIGROUP, α="1/2", γ="1/2"),
    ),
    Relation(
        "F5", "flow matching at every r finds the average velocity", ("flow_matching",),
        "refuted", "verify: truth stationary", verified(TFM, "truth stationary"),
    ),
    Relation(
        "F6", "flow matching on the cosine path is flow matching on the straight one",
        ("flow_matching_cosine", "flow_matching"),
        "different", "relate", related("flow_matching_cosine", "flow_matching"),
    ),
)  # fmt: skip
