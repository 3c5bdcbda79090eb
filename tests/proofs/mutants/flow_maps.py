"""Wrong variants of flow maps."""

from __future__ import annotations

from tests.proofs.mutants.mutant import ANCHORED, DESCENT, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MUTANTS: tuple[Mutant, ...] = (
    # Align your flow
    m("minus the tangent", "ayf_emd", DESCENT, ("sg(u - unit)", "sg(u + unit)")),
    m(
        "teacher's velocity added",
        "ayf_emd",
        STATIONARY,
        ("g: u - v +", "g: u + v +"),
        at="sse(u, sg(u - unit))",
    ),
    m("ascent along the slip", "ayf_lmd", DESCENT, ("-dot(f", "dot(f")),
    m("slip at the state", "ayf_lmd", "E0210", ("guide(f(z, t, s), s)", "guide(z, s)")),
    m(
        "slip at the start time",
        "ayf_lmd",
        "E0210",
        ("guide(f(z, t, s), s)", "guide(f(z, t, s), t)"),
    ),
    # Distillation without data
    m("plus the slope", "freeflow", STATIONARY, ("s, c) - (s - 1)", "s, c) + (s - 1)")),
    m("teacher at the noise", "freeflow", "E0210", ("slope: T(f(s), s, c)", "slope: T(ε, s, c)")),
    m(
        "teacher at 1 - s",
        "freeflow",
        "E0210",
        ("slope: T(f(s), s, c)", "slope: T(f(s), 1 - s, c)"),
    ),
    m(
        "pull away",
        "freeflow",
        "E0907",
        ("g(I, r, c) - T(I, r, c)", "T(I, r, c) - g(I, r, c)"),
        at="sg(pull)",
    ),
    m("slope not stopped", "freeflow", "E0301", ("sg(slope)", "slope"), at="error:"),
    m("pull not stopped", "freeflow", "E0303", ("sg(pull)", "pull"), at="pull:"),
    m(
        "map attached in the critic's loss",
        "freeflow",
        "E0904",
        ("path(sg(f(0)), m, r)", "path(f(0), m, r)"),
        at="mse(g",
    ),
    m("critic on minus the velocity", "freeflow", "E0211", ("c), D(I', r))", "c), -D(I', r))")),
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
    m(
        "t - s for s - t in one place",
        "tvm",
        "E0211",
        ("D(f(z, t, s), s, t=0)", "D(z + (t - s) * F(z, t, s, c), s, t=0)"),
    ),
    m(
        "target at the path's state",
        "tvm",
        STATIONARY,
        ("v(f(z, t, s), s, F", "v(path(x, e, s), s, F"),
    ),
    m(
        "derivative stopped",
        "tvm",
        "E0702",
        ("D(f(z, t, s), s, t=0)", "sg(D(f(z, t, s), s, t=0))"),
        at="f(z, t, s): z + (s - t)",
    ),
    m(
        "derivative by the start",
        "tvm",
        "E0211",
        ("D(f(z, t, s), s, t=0)", "D(f(z, t, s), t, s=0)"),
    ),
    m(
        "target without its scale",
        "tvm_guided",
        STATIONARY,
        ("target: w(c) * D(z', s')", "target: D(z', s')"),
    ),
    m("velocity without its scale", "tvm_guided", STATIONARY, ("v(z, s): w(c) * F", "v(z, s): F")),
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
    m("middle beyond the start", "psd_uniform_flat", STATIONARY, ("m: t - γ", "m: t + γ")),
    m(
        "split target not stopped",
        "split_meanflow",
        "E0301",
        ("sg((1 - λ) * u1 + λ * u2)", "(1 - λ) * u1 + λ * u2"),
    ),
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
