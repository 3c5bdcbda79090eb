"""Wrong variants of right specs: what is replaced, and which check or obligation must refuse it.

A mutant is a shipped spec, or one of `bases/`, with pieces of its text replaced. `by` is the
code of a check or the name of an obligation; `at` is text of the line where the fault is placed.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from fmdsl.syntax.locate import shipped

BASES = Path(__file__).parent / "bases"


@dataclass(frozen=True)
class Mutant:
    """`swap` holds pairs of old and new text; every old text occurs in the base."""

    name: str
    base: str
    swap: tuple[tuple[str, str], ...]
    by: str
    at: str = ""

    @property
    def text(self) -> str:
        text = base_text(self.base)
        for old, new in self.swap:
            assert old in text, f"{self.name}: {self.base} has no {old!r}"
            text = text.replace(old, new)
        return text


def base_text(name: str) -> str:
    own = BASES / f"{name}.yaml"
    return (own if own.exists() else shipped()[name]).read_text(encoding="utf-8")


def _m(name: str, base: str, by: str, *swap: tuple[str, str], at: str = "") -> Mutant:
    return Mutant(name, base, swap, by, at)


STATIONARY, ANCHORED, SAMPLER, CRITICS = "truth stationary", "anchored", "sampler exact", "critics"

MF = "D(z, t) - (t - r) * D(u(z, r, t, c), t)"
FLOW = "(flow(z, t, r) - z) / (r - t)"

MUTANTS: tuple[Mutant, ...] = (
    # MeanFlow: signs, factors, tangents, stops, times
    _m("plus in the identity", "meanflow", STATIONARY, (MF, MF.replace("- (t", "+ (t"))),
    _m("factor t - r dropped", "meanflow", STATIONARY, (MF, "D(z, t) - D(u(z, r, t, c), t)")),
    _m("t for t - r", "meanflow", STATIONARY, (MF, "D(z, t) - t * D(u(z, r, t, c), t)")),
    _m("r - t for t - r", "meanflow", STATIONARY, (MF, "D(z, t) - (r - t) * D(u(z, r, t, c), t)")),
    _m(
        "half of t - r",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - 0.5 * (t - r) * D(u(z, r, t, c), t)"),
    ),
    _m(
        "state held in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), t, z=0)"),
    ),
    _m(
        "clock held in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * (D(u(z, r, t, c), t) - D(u(z, r, t, c), t, z=0))"),
    ),
    _m("derivative by r", "meanflow", STATIONARY, (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), r)")),
    _m(
        "tangent on r as well",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * (D(u(z, r, t, c), t) + D(u(z, r, t, c), r))"),
    ),
    _m(
        "velocity of the wrong sign in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), t, z=x - e)"),
    ),
    _m(
        "velocity of the wrong sign in the target",
        "meanflow",
        "E0211",
        (MF, "x - e - (t - r) * D(u(z, r, t, c), t)"),
    ),
    _m(
        "twice the velocity",
        "meanflow",
        "E0211",
        (MF, "2 * D(z, t) - (t - r) * D(u(z, r, t, c), t)"),
    ),
    _m(
        "velocity left out",
        "meanflow",
        STATIONARY,
        (MF, "u(z, r, t, c) - (t - r) * D(u(z, r, t, c), t)"),
    ),
    _m(
        "r and t swapped at the call",
        "meanflow",
        "E0210",
        ("error: sse(u(z, r, t, c)", "error: sse(u(z, t, r, c)"),
    ),
    _m(
        "r and t swapped in the derivative",
        "meanflow",
        "E0210",
        (MF, "D(z, t) - (t - r) * D(u(z, t, r, c), t)"),
    ),
    _m("target not stopped", "meanflow", "E0301", ("sg(target)", "target"), at="error:"),
    _m(
        "stop on the learner",
        "meanflow",
        "E0305",
        ("sse(u(z, r, t, c), sg(target))", "sse(sg(u(z, r, t, c)), sg(target))"),
        at="u: error",
    ),
    _m(
        "weight not stopped",
        "meanflow",
        "E0304",
        ("error / sg(error + 0.01)", "error / (error + 0.01)"),
    ),
    _m("whole loss stopped", "meanflow", "E0305", ("u: error / sg(error + 0.01)", "u: sg(error)")),
    _m(
        "state at the other time",
        "meanflow",
        "E0210",
        ("z: path(x, e, t)", "z: path(x, e, r)"),
        at="u(z, r, t, c)",
    ),
    _m("ends of the path swapped", "meanflow", "E0214", ("z: path(x, e, t)", "z: path(e, x, t)")),
    _m("identity without the division", "meanflow", "E0501", (FLOW, "flow(z, t, r) - z")),
    _m(
        "identity by the wrong interval",
        "meanflow",
        "E0501",
        (FLOW, "(flow(z, t, r) - z) / (t - r)"),
    ),
    _m("identity from r", "meanflow", "E0210", (FLOW, "(flow(z, r, t) - z) / (t - r)")),
    _m("step forward", "meanflow", "E0701", ("step(z, t, r): z - (t", "step(z, t, r): z + (t")),
    _m(
        "step by t",
        "meanflow",
        "E0701",
        ("z - (t - r) * u(z, r, t, c)\n  times", "z - t * u(z, r, t, c)\n  times"),
    ),
    _m(
        "step from the wrong end",
        "meanflow",
        "E0210",
        (
            "step(z, t, r): z - (t - r) * u(z, r, t, c)",
            "step(z, t, r): z - (t - r) * u(z, t, r, c)",
        ),
    ),
    _m(
        "Euler step by the diagonal",
        "meanflow",
        SAMPLER,
        (
            "step(z, t, r): z - (t - r) * u(z, r, t, c)",
            "step(z, t, r): z - (t - r) * u(z, t, t, c)",
        ),
    ),
    _m("times from data to noise", "meanflow", "E0703", ("times: 1, 0", "times: 0, 1")),
    _m("r above t", "meanflow", "E0805", ("r, t: ordered", "t, r: ordered")),
    # Flow matching
    _m("velocity reversed", "flow_matching", "E0211", ("D(z, t))", "x - e)"), at="mse"),
    _m("velocity halved", "flow_matching", "E0211", ("D(z, t))", "0.5 * D(z, t))")),
    _m("noise for velocity", "flow_matching", "E0211", ("D(z, t))", "e)")),
    _m("data for velocity", "flow_matching", "E0211", ("D(z, t))", "x)")),
    _m(
        "velocity of another time in the state",
        "flow_matching",
        "E0210",
        ("v(z, t, c), D", "v(z, 1 - t, c), D"),
    ),
    _m(
        "sampler along minus the velocity",
        "flow_matching",
        "E0701",
        ("velocity(z, t): v(z, t, c)", "velocity(z, t): -v(z, t, c)"),
    ),
    _m(
        "sampler at twice the speed",
        "flow_matching",
        "E0701",
        ("velocity(z, t): v(z, t, c)", "velocity(z, t): 2 * v(z, t, c)"),
    ),
    _m(
        "cosine weights swapped",
        "flow_matching_cosine",
        "E0703",
        ("cos(", "COS("),
        ("sin(", "cos("),
        ("COS(", "sin("),
        at="times: 1, 0",
    ),
    # Terminal velocity matching and Lagrangian self-distillation
    _m(
        "target at the state, not at the mapped point",
        "tvm",
        "E0210",
        ("v(f(z, t, s), s, F=ema(F, 0.99))", "v(z, s, F=ema(F, 0.99))"),
        at="terminal",
    ),
    _m(
        "target at the start time",
        "tvm",
        "E0210",
        ("v(f(z, t, s), s, F=ema(F, 0.99))", "v(f(z, t, s), t, F=ema(F, 0.99))"),
    ),
    _m(
        "map with the wrong sign",
        "tvm",
        "E0210",
        ("z + (s - t) * F", "z + (t - s) * F"),
        at="terminal:",
    ),
    _m(
        "Lagrangian of the wrong sign",
        "lsd",
        "E0211",
        ("sse(D(X(z, r, t), r)", "sse(-D(X(z, r, t), r)"),
    ),
    _m(
        "target not stopped in lsd",
        "lsd",
        "E0301",
        ("sg(u(X(z, r, t), r, r, c))", "u(X(z, r, t), r, r, c)"),
    ),
    _m(
        "Lagrangian target at z",
        "lsd",
        "E0210",
        ("sg(u(X(z, r, t), r, r, c))", "sg(u(z, r, r, c))"),
    ),
    _m(
        "Lagrangian target at t",
        "lsd",
        "E0210",
        ("sg(u(X(z, r, t), r, r, c))", "sg(u(X(z, r, t), t, t, c))"),
    ),
    _m("Lagrangian derivative by t", "lsd", "E0211", ("D(X(z, r, t), r)", "D(X(z, r, t), t)")),
    _m(
        "no diagonal in lsd", "lsd", ANCHORED, ("0.25 * lagrangian + 0.75 * diagonal", "lagrangian")
    ),
    _m("no diagonal in tvm", "tvm", ANCHORED, ("F: terminal + flow_matching", "F: terminal")),
    _m("no diagonal in esd", "esd", ANCHORED, ("0.25 * eulerian + 0.75 * diagonal", "eulerian")),
    _m("no diagonal in psd", "psd", ANCHORED, ("0.25 * semigroup + 0.75 * diagonal", "semigroup")),
    _m(
        "Eulerian of the wrong sign",
        "esd",
        STATIONARY,
        ("+ (t - r) * (in_time", "- (t - r) * (in_time"),
    ),
    _m("Eulerian without space", "esd", STATIONARY, ("(in_time + sg(in_space))", "in_time")),
    # Semigroup losses
    _m(
        "weights of the pieces swapped",
        "psd_uniform_flat",
        STATIONARY,
        ("γ * u(z, m, t, c) + (1 - γ) *", "(1 - γ) * u(z, m, t, c) + γ *"),
    ),
    _m(
        "second piece at the first point",
        "psd_uniform_flat",
        "E0210",
        ("u(X(z, m, t), r, m, c)", "u(z, r, m, c)"),
    ),
    _m(
        "second piece to the middle",
        "psd_uniform_flat",
        "E0210",
        ("u(X(z, m, t), r, m, c)", "u(X(z, m, t), m, r, c)"),
    ),
    _m(
        "split weights swapped",
        "split_meanflow",
        STATIONARY,
        ("(1 - λ) * u1 + λ * u2", "λ * u1 + (1 - λ) * u2"),
    ),
    _m("split step forward", "split_meanflow", "E0210", ("z - (t - s) * u2", "z + (t - s) * u2")),
    _m(
        "no boundary in split",
        "split_meanflow",
        ANCHORED,
        ("u: 0.5 * split + 0.5 * boundary", "u: split"),
    ),
    _m(
        "shortcut target without the half",
        "shortcut",
        "E0211",
        ("(first + second) / 2", "(first + second)"),
    ),
    _m(
        "shortcut halves at the whole step",
        "shortcut",
        STATIONARY,
        ("u(z, t, d / 2, c)\n", "u(z, t, d, c)\n"),
    ),
    _m(
        "second half from the first time",
        "shortcut",
        "E0210",
        ("t - d / 2, d / 2, c)", "t, d / 2, c)"),
    ),
    _m("shortcut step forward", "shortcut", "E0210", ("z - d / 2 * first", "z + d / 2 * first")),
    _m(
        "no boundary in shortcut",
        "shortcut",
        ANCHORED,
        ("bootstrap / 8 + 7/8 * flow_matching", "bootstrap"),
    ),
    # AlphaFlow
    _m(
        "the printed sign of z_s",
        "alphaflow",
        "E0210",
        ("z': z - (t - s) * v", "z': z + (t - s) * v"),
        at="jump:",
    ),
    _m(
        "α and 1 - α swapped in s",
        "alphaflow",
        STATIONARY,
        ("s: α * r + (1 - α) * t", "s: α * t + (1 - α) * r"),
    ),
    _m("1 - α missing", "alphaflow", STATIONARY, ("α * v + (1 - α) * u(z'", "α * v + u(z'")),
    # Consistency
    _m("consistency target not stopped", "ect", "E0301", ("sg(f(z', s))", "f(z', s)")),
    _m(
        "c_skip without its shift",
        "consistency_distillation",
        "boundary",
        ("d^2 / ((σ - lo)^2 + d^2)", "d^2 / (σ^2 + d^2)"),
    ),
    _m(
        "tangent of the wrong sign",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz)", "cos(t)^2 * (d * out - dz)"),
    ),
    _m(
        "σ_d missing on F",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz)", "-cos(t)^2 * (out - dz)"),
    ),
    _m("σ_d missing on dF", "scm", STATIONARY, ("(z + d * D(out, t))", "(z + D(out, t))")),
    _m(
        "double cosine and sine",
        "scm",
        STATIONARY,
        ("(z + d * D(out, t))", "(z + cos(t) * sin(t) * d * D(out, t))"),
    ),
    _m(
        "target minus the tangent",
        "scm",
        STATIONARY,
        ("-cos(t)^2 * (d * out - dz) - warm", "-cos(t)^2 * (d * out - dz) + warm"),
    ),
    # Predictions
    _m("JiT without the path's sign", "jit", STATIONARY, ("v(z, t, x))", "-v(z, t, x))")),
    _m("JiT divides by 1 - t", "jit", STATIONARY, ("v(z, t, x))", "(z - x) / max(1 - t, 0.05))")),
    _m(
        "score of the wrong sign",
        "score_sde",
        STATIONARY,
        ("mse(σ * s(z, t, c), -e)", "mse(σ * s(z, t, c), e)"),
    ),
    _m(
        "score without its scale",
        "score_sde",
        STATIONARY,
        ("mse(σ * s(z, t, c), -e)", "mse(s(z, t, c), -e)"),
    ),
    _m(
        "reverse drift used as an ODE",
        "score_sde",
        SAMPLER,
        ("-0.5 * β(t) * (z + s(z, t, c))", "-0.5 * β(t) * (z + 2 * s(z, t, c))"),
    ),
    # Distribution matching
    _m(
        "real minus fake",
        "dmd2",
        "E0907",
        ("(fake - real) /", "(real - fake) /"),
        at="mse(y, sg(y - direction))",
    ),
    _m(
        "fake score on data",
        "dmd2",
        "E0906",
        ("z': path(sg(y), e, t)", "z': path(x, e, t)"),
        at="mse(f(z', t, c)",
    ),
    _m(
        "sample attached in the fake score's loss",
        "dmd2",
        "E0904",
        ("z': path(sg(y), e, t)", "z': path(y, e, t)"),
        at="mse(f(z', t, c)",
    ),
    _m(
        "generator wants to look generated",
        "dmd2",
        "E0905",
        ("softplus(-judge(y))\n", "softplus(judge(y))\n"),
    ),
    _m(
        "discriminator upside down",
        "dmd2",
        "E0905",
        (
            "softplus(judge(sg(y))) + softplus(-judge(x))",
            "softplus(-judge(sg(y))) + softplus(judge(x))",
        ),
    ),
    _m(
        "gradient through the target",
        "dmd2",
        "E0301",
        ("mse(y, sg(y - direction))", "mse(y, y - direction)"),
    ),
    _m("fake regressed on half the velocity", "dmd2", "E0211", ("D(z', t))", "0.5 * D(z', t))")),
    _m("teacher trained", "dmd2", "E0901", ("  f, disc: mse", "  f, disc, T: mse")),
    _m(
        "denoiser of the wrong sign",
        "dmd2",
        CRITICS,
        ("fake: z - t * f(z, t, c)", "fake: z + t * f(z, t, c)"),
    ),
)
