"""What a paper's authors or a survey call wrong, and a proof does not: with the reason.

Each is told in `docs/mutants.md`, and that it is not refused is held by a test.
"""

from __future__ import annotations

from dataclasses import dataclass

from tests.proofs.mutants.guided import terminal
from tests.proofs.mutants.mutant import Mutant


@dataclass(frozen=True)
class Kept:
    """A variant that nothing speaks against, and why."""

    mutant: Mutant
    why: str


def k(name: str, base: str, why: str, *swap: tuple[str, str]) -> Kept:
    return Kept(Mutant(name, base, swap, ""), why)


KEPT: tuple[Kept, ...] = (
    k(
        "critic in the residual",
        "sid",
        "`⟨A, ψ - y - α A⟩` is `⟨A, f - y - (α + 1) A⟩`: SiD at α + 1. Near the truth every α "
        "descends along the Fisher divergence; far from it α > 1 drives samples that spread too "
        "widely further apart, and the published 1.2 does so too.",
        ("dot(a, f(z, σ) - y", "dot(a, ψ(z, σ) - y"),
    ),
    k(
        "states stopped",
        "sid",
        "What is left moves a sample along the difference of two scores: it is the gradient of "
        "distribution matching, another right method.",
        ("z: path(y, e, σ)", "z: path(sg(y), e, σ)"),
    ),
    k(
        "gradient through every jump",
        "rcm",
        "The gradient of the same divergence, by way of more of the rollout: it costs memory, and "
        "vanishes at the same law. `fmdsl diff` tells the two apart.",
        ("jump(path(sg(y), n, t), t)", "jump(path(y, n, t), t)"),
    ),
    k(
        "derivative along the data's path",
        "rcm_one_jump",
        "The conditional velocity enters the tangent to the first degree, and its mean is the "
        "velocity that the identity says the teacher has: training in place of distillation.",
        ("D(out, t, z=dz)", "D(out, t)"),
    ),
    k(
        "weight from the fake score",
        "dmd2",
        "A positive number before a difference changes the size of a step, not where it is zero.",
        ("mean(abs(y - real))", "mean(abs(y - fake))"),
    ),
    k(
        "no guidance",
        "score_distillation",
        "It is the score distillation of the unguided teacher, and nothing says of which law the "
        "samples are to be. Where an identity says it, as rCM's does, the variant is refused.",
        ("(guided - e)", "(T(z, t, c) - e)"),
    ),
    k(
        "derivative of the net stopped",
        "tvm_guided",
        "The residual is the same, so that the truth is stationary, and a constant is led back. "
        "TVM's bound on the distance asks for the whole gradient; MeanFlow stops it.",
        terminal(
            "D(f(z, t, s), s, t=0)",
            "w(c) * (F(z, t, s, c, 1 / w(c)) + (s - t) * sg(D(F(z, t, s, c, 1 / w(c)), s, t=0)))",
        ),
    ),
    k(
        "the net's own weights in the target",
        "tvm_guided",
        "At rest a moving average has the net's weights: it is Lagrangian self-distillation. That "
        "the paper's figures are worse is measured, not proved.",
        terminal("F=ema(F, 0.99)", "F=F"),
    ),
    k(
        "1/w² on one term",
        "tvm_guided",
        "Both terms vanish at the truth, each by itself, so each may have any weight above zero.",
        ("(terminal + flow_matching) / w(c)^2", "terminal / w(c)^2 + flow_matching"),
    ),
    k(
        "guided target not stopped",
        "tvm_guided",
        "The only net in it is a moving average, which no gradient enters.",
        ("sg(target)", "target"),
    ),
    k(
        "penalty towards a smaller sample",
        "adversarial_relativistic",
        "It is no R1, and is told not to be decided: its points differ by more than added noise.",
        ("disc(a + 0.1 * n)", "disc(0.9 * a + 0.1 * n)"),
    ),
    k(
        "no normalisation and no warm-up",
        "scm",
        "Both are for the size of a step: the tangent is the same, and zero at the same net. "
        "That training without them is unstable is no matter of the truth.",
        ("unit: g / (norm(g) + 0.1)", "unit: g"),
        ("warm: min(1, 10 * progress)", "warm: 1"),
    ),
    k(
        "samples by the target's moving average",
        "consistency_distillation",
        "At the truth the net and its averages are one. Which average is better to sample from is "
        "an experiment's matter: `fmdsl train` keeps one of its own for that.",
        ("step(z, σ, s): f(z, σ)", "step(z, σ, s): f(z, σ, F=ema(F, 0.95))"),
    ),
    k(
        "context moved in the tangent alone",
        "meta_flow_map",
        "It is told not to be decided: no law says how exact objects change with their context.",
        ("D(u(y, r, s, z, t, c), s, y=w)", "D(u(y, r, s, y, s, c), s, y=w)"),
    ),
)
