"""Wrong variants of methods that follow a critic: of two scores, of an identity, of a judge."""

from __future__ import annotations

from tests.proofs.mutants.mutant import CRITICS, DESCENT, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MUTANTS: tuple[Mutant, ...] = (
    # Consistency models regularised by a difference of scores
    m(
        "real minus fake",
        "rcm_one_jump",
        CRITICS,
        ("clean(z', q, F(z', q, c, f)) - real", "real - clean(z', q, F(z', q, c, f))"),
        at="dmd: sse(y",
    ),
    m(
        "teacher guided in the tangent alone",
        "rcm_one_jump",
        CRITICS,
        ("real: clean(z', q, teach(z', q))", "real: clean(z', q, F(z', q, c, T))"),
    ),
    m(
        "teacher guided in the score alone",
        "rcm_one_jump",
        STATIONARY,
        ("dz: teach(z, t)", "dz: F(z, t, c, T)"),
    ),
    m("away along the tangent", "rcm_one_jump", DESCENT, ("sg(out + unit)", "sg(out - unit)")),
    m(
        "fake score on data",
        "rcm",
        "E0906",
        ("path(sg(y), n, q)", "path(x, n, q)"),
        at="F(z, t, c, u):",
    ),
    m("sample attached", "rcm", "E0904", ("path(sg(y), n, q)", "path(y, n, q)"), at="f: mse"),
    # Score identity distillation
    m("plus α", "sid", CRITICS, ("- α * a)", "+ α * a)")),
    m("difference stopped", "sid", CRITICS, ("dot(a, f", "dot(sg(a), f")),
    m(
        "difference stopped wherever it stands",
        "sid",
        "E0914",
        ("a: f(z, σ) - ψ(z, σ)", "a: sg(f(z, σ) - ψ(z, σ))"),
    ),
    m("fake minus real", "sid", CRITICS, ("f(z, σ) - ψ(z, σ)", "ψ(z, σ) - f(z, σ)"), at="G: dot"),
    m("sample minus denoiser", "sid", CRITICS, ("f(z, σ) - y - α", "y - f(z, σ) - α")),
    m("negative product", "sid", CRITICS, ("G: dot(", "G: -dot(")),
    m("frozen net for a teacher", "sid", "E0303", ("f: frozen", "f: teacher"), at="f(z, σ)"),
    # Score distillation
    m(
        "noise of another state",
        "score_distillation",
        "E0912",
        ("  ε, e: noise", "  ε, e, n: noise"),
        ("path(y, e, t)", "path(y, n, t)"),
    ),
    m("the generator's own noise", "score_distillation", "E0912", ("(guided - e)", "(guided - ε)")),
    # Variational score distillation
    m(
        "fake minus real in noise",
        "score_difference_of_noise",
        "E0907",
        ("T(z, t) - f(z, t)", "f(z, t) - T(z, t)"),
    ),
    m(
        "sample attached in the particle's score",
        "score_difference_of_noise",
        "E0904",
        ("path(sg(y), e, t), t), e)", "path(y, e, t), t), e)"),
    ),
    m(
        "particle's score on data",
        "score_difference_of_noise",
        "E0906",
        ("  ε, e: noise", "  x: data\n  ε, e: noise"),
        ("path(sg(y), e, t), t), e)", "path(x, e, t), t), e)"),
        at="mse(f",
    ),
    # Distribution matching
    m(
        "guidance on the fake score",
        "dmd2",
        CRITICS,
        (
            "fake: z - t * f(z, t, c)",
            "fake: z - t * (f(z, t, null) + 3 * (f(z, t, c) - f(z, t, null)))",
        ),
        at="mse(y, sg(y - direction))",
    ),
    m(
        "fake score left as it is",
        "dmd2",
        "E0908",
        ("f, disc: mse(f(z', t, c), D(z', t)) +", "disc:"),
        at="fake: z",
    ),
    m(
        "clean images judged",
        "dmd2",
        "E0210",
        ("f(path(y, n, s), s, c)", "f(y, s, c)"),
        at="judge(y)",
    ),
    m("weight of either sign", "dmd2", "E0913", ("mean(abs(y - real))", "mean(y - real)")),
    # Distillation without data
    m(
        "teacher at a state of the data",
        "freeflow",
        STATIONARY,
        ("slope: T(f(s), s, c)", "slope: T(path(x, n, s), s, c)"),
        at="error: sse(F",
    ),
    m(
        "slope along the teacher",
        "freeflow",
        STATIONARY,
        ("D(F(ε, s, c), s)", "D(F(ε, s, c), s, ε=T(f(s), s, c))"),
        at="error: sse(F",
    ),
    m("teacher's velocity turned", "freeflow", "E0211", ("slope: T(f(s)", "slope: -T(f(s)")),
    m(
        "teacher's velocity turned everywhere",
        "freeflow",
        "E0211",
        ("slope: T(f(s)", "slope: -T(f(s)"),
        ("g(I, r, c) - T(I, r, c)", "g(I, r, c) + T(I, r, c)"),
    ),
    m(
        "gradient through the critic",
        "freeflow",
        "E0914",
        ("sg(pull)", "g(I, r, c) - sg(T(I, r, c))"),
    ),
    # Adversarial distillation
    m(
        "hinge pushed to the generated side",
        "adversarial_features",
        "E0905",
        ("G: -judge", "G: judge"),
    ),
    m(
        "hinge upside down",
        "adversarial_features",
        "E0905",
        (
            "relu(1 - judge(x)) + relu(1 + judge(sg(y)))",
            "relu(1 + judge(x)) + relu(1 - judge(sg(y)))",
        ),
    ),
    m(
        "teacher's input attached",
        "adversarial_features",
        "E0303",
        ("sg(z - t * T(z, t))", "z - t * T(z, t)"),
    ),
    m(
        "teacher's answers for data",
        "adversarial_features",
        "E0911",
        ("judge(x)", "judge(sg(z - t * T(z, t)))"),
    ),
    m(
        "teacher at a state of the data",
        "adversarial_features",
        STATIONARY,
        ("z: path(y, n, t)", "z: path(x, n, t)"),
        at="G: -judge(y)",
    ),
    m("distillation turned", "adversarial_features", DESCENT, ("+ 2.5 *", "- 2.5 *")),
    m(
        "relativistic pair exchanged",
        "adversarial_relativistic",
        "E0905",
        ("G: softplus(disc(x) - disc(y))", "G: softplus(disc(y) - disc(x))"),
    ),
    m("penalty rewarded", "adversarial_relativistic", CRITICS, ("+ 100 *", "- 100 *")),
    m(
        "penalised sample attached",
        "adversarial_relativistic",
        "E0904",
        ("gap(sg(y), m)", "gap(y, m)"),
    ),
    m("ratio turned", "log_ratio", "E0905", ("G: t *", "G: -t *")),
    m(
        "squares exchanged",
        "adversarial_least_squares",
        CRITICS,
        ("G: (disc(y) - 1)^2", "G: disc(y)^2"),
    ),
)
