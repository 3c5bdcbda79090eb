"""Wrong variants of consistency models and score methods."""

from __future__ import annotations

from tests.proofs.mutants.mutant import CRITICS, DESCENT, LEARNED, SAMPLER, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MUTANTS: tuple[Mutant, ...] = (
    # Consistency
    m("consistency target not stopped", "ect", "E0301", ("sg(f(z', s))", "f(z', s)")),
    m(
        "c_skip without its shift",
        "consistency_distillation",
        "boundary",
        ("d^2 / ((σ - lo)^2 + d^2)", "d^2 / (σ^2 + d^2)"),
    ),
    m(
        "tangent of the wrong sign",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz)", "cos(t)^2 * (d * out - dz)"),
    ),
    m(
        "σ_d missing on F",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz)", "-cos(t)^2 * (out - dz)"),
    ),
    m("σ_d missing on dF", "scm", STATIONARY, ("(z + d * D(out, t))", "(z + D(out, t))")),
    m(
        "double cosine and sine",
        "scm",
        STATIONARY,
        ("(z + d * D(out, t))", "(z + cos(t) * sin(t) * d * D(out, t))"),
    ),
    m(
        "target minus the tangent",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz) - warm", "-cos(t)^2 * (d * out - dz) + warm"),
    ),
    m(
        "score of the wrong sign",
        "score_sde",
        STATIONARY,
        ("mse(σ * s(z, t, c), -e)", "mse(σ * s(z, t, c), e)"),
    ),
    m(
        "score without its scale",
        "score_sde",
        STATIONARY,
        ("mse(σ * s(z, t, c), -e)", "mse(s(z, t, c), -e)"),
    ),
    m(
        "reverse drift used as an ODE",
        "score_sde",
        SAMPLER,
        ("-0.5 * β(t) * (z + s(z, t, c))", "-0.5 * β(t) * (z + 2 * s(z, t, c))"),
    ),
    m("noise of the wrong sign", "ddpm", STATIONARY, ("mse(ε(z, t, c), e)", "mse(ε(z, t, c), -e)")),
    m("learned weight that is not paid for", "scm", LEARNED, (" - w(t)\n", "\n")),
    m("learned weight paid for twice", "scm", LEARNED, (" - w(t)\n", " + w(t)\n")),
    m("away along the tangent", "scm", DESCENT, ("sg(out + unit)", "sg(out - unit)")),
    m(
        "teacher attached",
        "rcm",
        "E0303",
        ("dmd: sse(y, sg(y - gap", "dmd: sse(y, (y - gap"),
        at="F(z, t, c, u):",
    ),
    # Score identity distillation and score distillation
    m(
        "denoiser of data for the samples'",
        "sid",
        STATIONARY,
        ("path(sg(y), e, s)", "path(x, e, s)"),
        at="sse(ψ(z'",
    ),
    m("weight attached", "sid", "E0304", ("/ sg(max(mean", "/ (max(mean")),
    m("sample attached", "sid", "E0904", ("path(sg(y), e, s)", "path(y, e, s)"), at="sse(ψ(z'"),
    m("noise less teacher", "score_distillation", "E0907", ("(guided - e)", "(e - guided)")),
    m(
        "through the teacher",
        "score_distillation",
        "E0303",
        ("sg(t^2 * (guided - e))", "t^2 * (guided - e)"),
        at="guided:",
    ),
    # Distribution matching
    m(
        "real minus fake",
        "dmd2",
        "E0907",
        ("(fake - real) /", "(real - fake) /"),
        at="mse(y, sg(y - direction))",
    ),
    m(
        "fake score on data",
        "dmd2",
        "E0906",
        ("z': path(sg(y), e, t)", "z': path(x, e, t)"),
        at="mse(f(z', t, c)",
    ),
    m(
        "sample attached in the fake score's loss",
        "dmd2",
        "E0904",
        ("z': path(sg(y), e, t)", "z': path(y, e, t)"),
        at="mse(f(z', t, c)",
    ),
    m(
        "generator wants to look generated",
        "dmd2",
        "E0905",
        ("softplus(-judge(y))\n", "softplus(judge(y))\n"),
    ),
    m(
        "discriminator upside down",
        "dmd2",
        "E0905",
        (
            "softplus(judge(sg(y))) + softplus(-judge(x))",
            "softplus(-judge(sg(y))) + softplus(judge(x))",
        ),
    ),
    m(
        "gradient through the target",
        "dmd2",
        "E0301",
        ("mse(y, sg(y - direction))", "mse(y, y - direction)"),
    ),
    m("fake regressed on half the velocity", "dmd2", "E0211", ("D(z', t))", "0.5 * D(z', t))")),
    m("teacher trained", "dmd2", "E0901", ("  f, disc: mse", "  f, disc, T: mse")),
    m(
        "denoiser of the wrong sign",
        "dmd2",
        CRITICS,
        ("fake: z - t * f(z, t, c)", "fake: z + t * f(z, t, c)"),
    ),
)
