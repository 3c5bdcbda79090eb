"""Wrong variants of flow matching and flow maps."""

from __future__ import annotations

from tests.proofs.mutants.mutant import ANCHORED, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MUTANTS: tuple[Mutant, ...] = (
    # Flow matching
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
    # Terminal velocity matching and Lagrangian self-distillation
    m(
        "target at the state, not at the mapped point",
        "tvm",
        "E0210",
        ("v(f(z, t, s), s, F=ema(F, 0.99))", "v(z, s, F=ema(F, 0.99))"),
        at="terminal",
    ),
    m(
        "target at the start time",
        "tvm",
        "E0210",
        ("v(f(z, t, s), s, F=ema(F, 0.99))", "v(f(z, t, s), t, F=ema(F, 0.99))"),
    ),
    m(
        "map with the wrong sign",
        "tvm",
        "E0210",
        ("z + (s - t) * F", "z + (t - s) * F"),
        at="terminal:",
    ),
    m("no diagonal in tvm", "tvm", ANCHORED, ("F: terminal + flow_matching", "F: terminal")),
    m(
        "Lagrangian of the wrong sign",
        "lsd",
        "E0211",
        ("sse(D(X(z, r, t), r)", "sse(-D(X(z, r, t), r)"),
    ),
    m(
        "target not stopped in lsd",
        "lsd",
        "E0301",
        ("sg(u(X(z, r, t), r, r, c))", "u(X(z, r, t), r, r, c)"),
    ),
    m(
        "Lagrangian target at z",
        "lsd",
        "E0210",
        ("sg(u(X(z, r, t), r, r, c))", "sg(u(z, r, r, c))"),
    ),
    m(
        "Lagrangian target at t",
        "lsd",
        "E0210",
        ("sg(u(X(z, r, t), r, r, c))", "sg(u(X(z, r, t), t, t, c))"),
    ),
    m("Lagrangian derivative by t", "lsd", "E0211", ("D(X(z, r, t), r)", "D(X(z, r, t), t)")),
    m("no diagonal in lsd", "lsd", ANCHORED, ("0.25 * lagrangian + 0.75 * diagonal", "lagrangian")),
    m("no diagonal in esd", "esd", ANCHORED, ("0.25 * eulerian + 0.75 * diagonal", "eulerian")),
    m(
        "Eulerian of the wrong sign",
        "esd",
        STATIONARY,
        ("+ (t - r) * (in_time", "- (t - r) * (in_time"),
    ),
    m("Eulerian without space", "esd", STATIONARY, ("(in_time + sg(in_space))", "in_time")),
    m("no diagonal in psd", "psd", ANCHORED, ("0.25 * semigroup + 0.75 * diagonal", "semigroup")),
    # Semigroup losses
    m(
        "weights of the pieces swapped",
        "psd_uniform_flat",
        STATIONARY,
        ("γ * u(z, m, t, c) + (1 - γ) *", "(1 - γ) * u(z, m, t, c) + γ *"),
    ),
    m(
        "second piece at the first point",
        "psd_uniform_flat",
        "E0210",
        ("u(X(z, m, t), r, m, c)", "u(z, r, m, c)"),
    ),
    m(
        "second piece to the middle",
        "psd_uniform_flat",
        "E0210",
        ("u(X(z, m, t), r, m, c)", "u(X(z, m, t), m, r, c)"),
    ),
    m(
        "split weights swapped",
        "split_meanflow",
        STATIONARY,
        ("(1 - λ) * u1 + λ * u2", "λ * u1 + (1 - λ) * u2"),
    ),
    m("split step forward", "split_meanflow", "E0210", ("z - (t - s) * u2", "z + (t - s) * u2")),
    m(
        "no boundary in split",
        "split_meanflow",
        ANCHORED,
        ("u: 0.5 * split + 0.5 * boundary", "u: split"),
    ),
    m(
        "shortcut target without the half",
        "shortcut",
        "E0211",
        ("(first + second) / 2", "(first + second)"),
    ),
    m(
        "shortcut halves at the whole step",
        "shortcut",
        STATIONARY,
        ("u(z, t, d / 2, c)\n", "u(z, t, d, c)\n"),
    ),
    m(
        "second half from the first time",
        "shortcut",
        "E0210",
        ("t - d / 2, d / 2, c)", "t, d / 2, c)"),
    ),
    m("shortcut step forward", "shortcut", "E0210", ("z - d / 2 * first", "z + d / 2 * first")),
    m(
        "no boundary in shortcut",
        "shortcut",
        ANCHORED,
        ("bootstrap / 8 + 7/8 * flow_matching", "bootstrap"),
    ),
)
