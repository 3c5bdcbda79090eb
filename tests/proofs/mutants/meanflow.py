"""Wrong variants of MeanFlow, AlphaFlow and JiT."""

from __future__ import annotations

from tests.proofs.mutants.mutant import CLAIM, DESCENT, LEARNED, SAMPLER, STATIONARY, Mutant
from tests.proofs.mutants.mutant import mutant as m

MF = "D(z, t) - (t - r) * D(u(z, r, t, c), t)"
FLOW = "(flow(z, t, r) - z) / (r - t)"

MUTANTS: tuple[Mutant, ...] = (
    # MeanFlow: signs, factors, tangents, stops, times
    m("plus in the identity", "meanflow", STATIONARY, (MF, MF.replace("- (t", "+ (t"))),
    m("factor t - r dropped", "meanflow", STATIONARY, (MF, "D(z, t) - D(u(z, r, t, c), t)")),
    m("t for t - r", "meanflow", STATIONARY, (MF, "D(z, t) - t * D(u(z, r, t, c), t)")),
    m("r - t for t - r", "meanflow", STATIONARY, (MF, "D(z, t) - (r - t) * D(u(z, r, t, c), t)")),
    m(
        "half of t - r",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - 0.5 * (t - r) * D(u(z, r, t, c), t)"),
    ),
    m(
        "state held in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), t, z=0)"),
    ),
    m(
        "clock held in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * (D(u(z, r, t, c), t) - D(u(z, r, t, c), t, z=0))"),
    ),
    m("derivative by r", "meanflow", STATIONARY, (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), r)")),
    m(
        "tangent on r as well",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * (D(u(z, r, t, c), t) + D(u(z, r, t, c), r))"),
    ),
    m(
        "velocity of the wrong sign in the tangent",
        "meanflow",
        STATIONARY,
        (MF, "D(z, t) - (t - r) * D(u(z, r, t, c), t, z=x - e)"),
    ),
    m(
        "velocity of the wrong sign in the target",
        "meanflow",
        "E0211",
        (MF, "x - e - (t - r) * D(u(z, r, t, c), t)"),
    ),
    m(
        "twice the velocity",
        "meanflow",
        "E0211",
        (MF, "2 * D(z, t) - (t - r) * D(u(z, r, t, c), t)"),
    ),
    m(
        "velocity left out",
        "meanflow",
        STATIONARY,
        (MF, "u(z, r, t, c) - (t - r) * D(u(z, r, t, c), t)"),
    ),
    m(
        "r and t swapped at the call",
        "meanflow",
        "E0210",
        ("error: sse(u(z, r, t, c)", "error: sse(u(z, t, r, c)"),
    ),
    m(
        "r and t swapped in the derivative",
        "meanflow",
        "E0210",
        (MF, "D(z, t) - (t - r) * D(u(z, t, r, c), t)"),
    ),
    m("target not stopped", "meanflow", "E0301", ("sg(target)", "target"), at="error:"),
    m(
        "stop on the learner",
        "meanflow",
        "E0305",
        ("sse(u(z, r, t, c), sg(target))", "sse(sg(u(z, r, t, c)), sg(target))"),
        at="u: error",
    ),
    m(
        "weight not stopped",
        "meanflow",
        "E0304",
        ("error / sg(error + 0.01)", "error / (error + 0.01)"),
    ),
    m("whole loss stopped", "meanflow", "E0305", ("u: error / sg(error + 0.01)", "u: sg(error)")),
    m(
        "state at the other time",
        "meanflow",
        "E0210",
        ("z: path(x, e, t)", "z: path(x, e, r)"),
        at="u(z, r, t, c)",
    ),
    m("ends of the path swapped", "meanflow", "E0214", ("z: path(x, e, t)", "z: path(e, x, t)")),
    m("identity without the division", "meanflow", "E0501", (FLOW, "flow(z, t, r) - z")),
    m(
        "identity by the wrong interval",
        "meanflow",
        "E0501",
        (FLOW, "(flow(z, t, r) - z) / (t - r)"),
    ),
    m("identity from r", "meanflow", "E0210", (FLOW, "(flow(z, r, t) - z) / (t - r)")),
    m("step forward", "meanflow", "E0701", ("step(z, t, r): z - (t", "step(z, t, r): z + (t")),
    m(
        "step by t",
        "meanflow",
        "E0701",
        ("z - (t - r) * u(z, r, t, c)\n  times", "z - t * u(z, r, t, c)\n  times"),
    ),
    m(
        "step from the wrong end",
        "meanflow",
        "E0210",
        (
            "step(z, t, r): z - (t - r) * u(z, r, t, c)",
            "step(z, t, r): z - (t - r) * u(z, t, r, c)",
        ),
    ),
    m(
        "Euler step by the diagonal",
        "meanflow",
        SAMPLER,
        (
            "step(z, t, r): z - (t - r) * u(z, r, t, c)",
            "step(z, t, r): z - (t - r) * u(z, t, t, c)",
        ),
    ),
    m("times from data to noise", "meanflow", "E0703", ("times: 1, 0", "times: 0, 1")),
    m("r above t", "meanflow", "E0805", ("r, t: ordered", "t, r: ordered")),
    # AlphaFlow
    m(
        "the printed sign of z_s",
        "alphaflow",
        "E0210",
        ("z': z - (t - s) * v", "z': z + (t - s) * v"),
        at="jump:",
    ),
    m(
        "α and 1 - α swapped in s",
        "alphaflow",
        STATIONARY,
        ("s: α * r + (1 - α) * t", "s: α * t + (1 - α) * r"),
    ),
    m("1 - α missing", "alphaflow", STATIONARY, ("α * v + (1 - α) * u(z'", "α * v + u(z'")),
    m("slope with plus", "alphaflow", STATIONARY, ("v - (t - r) * D", "v + (t - r) * D")),
    m("weight without α", "alphaflow", CLAIM, ("u: weight * error", "u: error")),
    m("reversed curriculum", "alphaflow_curriculum", STATIONARY, ("1 - sigmoid", "sigmoid")),
    # Improved MeanFlow
    m("plus for minus", "imf", STATIONARY, ("c) + (t - r) * sg(D", "c) - (t - r) * sg(D")),
    m("factor dropped", "imf", STATIONARY, ("(t - r) * sg(D", "sg(D")),
    m("stop on u", "imf", "E0702", ("V: u(z, t - r, c) +", "V: sg(u(z, t - r, c)) +"), at="step"),
    m("gap held in the tangent", "imf", STATIONARY, ("t, z=w)", "t, z=w, r=t)")),
    m("negative loss", "meanflow", DESCENT, ("u: error /", "u: -error /")),
    # Progressive weights
    m("reversed weight", "uaimf", CLAIM, ("s: 1 - progress", "s: progress")),
    m(
        "λ over rows with r = t as well",
        "uaimf",
        CLAIM,
        ("λ: 1.3045", "λ: 1.062"),
        at="β: 1 - s",
        mended=False,
    ),
    # Decoupled MeanFlow
    m("r - t and t - r exchanged", "dmf", STATIONARY, ("v + (r - t) * D", "v + (t - r) * D")),
    m(
        "full price of the weight",
        "dmf",
        LEARNED,
        ("log(exp(-φ) * Δ + 1) + φ / 2", "log(exp(-φ) * Δ + 0.01) + φ"),
    ),
    m("weight not paid for", "dmf", LEARNED, ("Δ + 1) + φ / 2", "Δ + 1)")),
    m("weight that pays", "dmf", LEARNED, ("log(exp(-φ) * Δ + 1) + φ / 2", "exp(φ) * Δ + φ")),
    m(
        "encoder's time in the decoder",
        "dmf",
        STATIONARY,
        ("u(z, t, r, c), t, z=v, r=0", "u(z, t, t, c), t, z=v, r=0"),
        mended=False,
    ),
    m(
        "encoder's time in every decoder",
        "dmf",
        "E0503",
        ("u(z, t, r, c)", "u(z, t, t, c)"),
        at="- u(z, t, t, c) = (flow",
    ),
    m("guidance turned", "dmf", STATIONARY, ("v: D(z, t) + shift", "v: D(z, t) - shift")),
    # Predictions
    m(
        "data less state",
        "pmf",
        STATIONARY,
        ("velocity_to(x, z, t): (z - x)", "velocity_to(x, z, t): (x - z)"),
    ),
    m("pMF divides by 1 - t", "pmf", STATIONARY, ("max(t, 0.05)", "max(1 - t, 0.05)")),
    m(
        "divisor held in the derivative",
        "pmf",
        STATIONARY,
        (
            "sg(D(u(z, t, t - r), t, z=w))",
            "sg((w - D(X(z, t - r, c), t, z=w)) / max(t, 0.05))",
        ),
        at="error_u",
        mended=False,
    ),
    m(
        "image as the state at r",
        "pmf",
        SAMPLER,
        ("z - (t - r) * u(z, t, t - r)\n", "z - t * u(z, t, t - r)\n"),
    ),
    m(
        "velocity head as map",
        "pmf",
        SAMPLER,
        ("z - (t - r) * u(z, t, t - r)", "z - (t - r) * v(z, t, t - r)"),
    ),
    m("JiT without the path's sign", "jit", STATIONARY, ("v(z, t, x))", "-v(z, t, x))")),
    m("JiT divides by 1 - t", "jit", STATIONARY, ("v(z, t, x))", "(z - x) / max(1 - t, 0.05))")),
)
