"""Wrong variants of flow matching."""

from __future__ import annotations

from tests.proofs.mutants.mutant import STARTS, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MUTANTS: tuple[Mutant, ...] = (
    m("velocity reversed", "flow_matching", "E0211", ("D(z, t))", "x - e)"), at="mse"),
    m("velocity halved", "flow_matching", "E0211", ("D(z, t))", "0.5 * D(z, t))")),
    m("noise for velocity", "flow_matching", "E0211", ("D(z, t))", "e)")),
    m("data for velocity", "flow_matching", "E0211", ("D(z, t))", "x)")),
    m(
        "velocity of another time in the state",
        "flow_matching",
        "E0210",
        ("v(z, t, c), D", "v(z, 1 - t, c), D"),
    ),
    m(
        "sampler along minus the velocity",
        "flow_matching",
        "E0701",
        ("velocity(z, t): v(z, t, c)", "velocity(z, t): -v(z, t, c)"),
    ),
    m(
        "sampler at twice the speed",
        "flow_matching",
        "E0701",
        ("velocity(z, t): v(z, t, c)", "velocity(z, t): 2 * v(z, t, c)"),
    ),
    m(
        "cosine weights swapped",
        "flow_matching_cosine",
        "E0703",
        ("cos(", "COS("),
        ("sin(", "cos("),
        ("COS(", "sin("),
        at="times: 1, 0",
    ),
    m(
        "time of the data's convention",
        "flow_matching",
        STATIONARY,
        ("D(z, t))", "(x - z) / (1 - t))"),
    ),
    m(
        "cosine without its π/2",
        "flow_matching_cosine",
        STARTS,
        ("cos(pi * t / 2)", "cos(t)"),
        ("sin(pi * t / 2)", "sin(t)"),
        at="times: 1, 0",
    ),
)
