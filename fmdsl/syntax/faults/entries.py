"""Faults of single entries: keys, paths, signatures, identities, samplers, stages."""

from __future__ import annotations

from fractions import Fraction

from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span


def e0140_malformed_key(place: Span, wanted: str, example: str) -> Diagnostic:
    """The key of an entry is malformed

    `draw`, `nets`: a name or several (`r, t`). `let`: a name or a function head (`f(z, t)`).
    `minimize`: nets, and how often (`G every 5`). `stages`: a name and a share (`warmup, 1/5`).
    """
    return Diagnostic(
        "E0140", f"the key is {wanted}", (Label(place),), helps=(f"for instance `{example}`",)
    )


def e0141_malformed_path(place: Span) -> Diagnostic:
    """The path is malformed

    A path names the state, its time, and where the state is at that time; a domain may follow
    after a comma.

        path: z@t = (1 - t) * x + t * e
        path: z@σ = x + σ * e, 0.002 <= σ <= 80
    """
    return Diagnostic(
        "E0141",
        "the path is not `STATE@TIME = EXPRESSION`",
        (Label(place),),
        helps=("for instance `z@t = (1 - t) * x + t * e`, then a domain such as `, 0 <= t <= 1`",),
    )


def e0142_malformed_signature(place: Span, reason: str) -> Diagnostic:
    """The signature of a net is malformed

    A net has a role, the inputs it reads and the outputs it gives:

        u: student(point@t, r, t, label) -> tangent
        u, v: student(point@t, t, start=T) -> tangent, tangent
        w: ema(u, 0.999)

    Roles: student, critic, weight, teacher, frozen, ema. `start` names the net whose weights it
    begins with. A net with several names has as many outputs.
    """
    return Diagnostic(
        "E0142",
        "the signature is not `ROLE(INPUTS) -> OUTPUTS`",
        (Label(place, reason),),
        helps=("for instance `student(point@t, r, t, label) -> tangent`",),
    )


def e0143_malformed_identity(place: Span) -> Diagnostic:
    """An identity is not an equation

    An identity says what a net is at the optimum: an equation of two sides, or the name of a
    known one.

        identity:
          - u(z, r, t, c) = (flow(z, t, r) - z) / (r - t)
          - terminal_velocity(f)
    """
    return Diagnostic(
        "E0143",
        "an identity is an equation `a = b` or a named one",
        (Label(place),),
        helps=("for instance `v(z, t) = velocity(z, t)` or `meanflow(u)`",),
    )


def e0144_malformed_claim(place: Span) -> Diagnostic:
    """A claim is not a relation

    A claim relates this spec to another one:

        claims:
          - equal(imf)
          - limit(alphaflow, alpha=0)
    """
    return Diagnostic(
        "E0144",
        "a claim is a relation to another spec",
        (Label(place),),
        helps=("for instance `equal(imf)`",),
    )


def e0145_malformed_sampler(place: Span, reason: str) -> Diagnostic:
    """The sampler is malformed

    `sample` says in exactly one way how samples are made: by a step, by a velocity for an ODE
    solver, or in one draw. `times` are the levels visited, the noisy end first.

        sample:
          step(z, t, r): z - (t - r) * u(z, r, t, c)
          times: 1, 0
    """
    return Diagnostic(
        "E0145",
        "`sample` has exactly one of `step(…)`, `velocity(…)`, `draw`",
        (Label(place, reason),),
    )


def e0146_stage_shares(place: Span, total: Fraction) -> Diagnostic:
    """The shares of the stages do not sum to one

    Each stage takes its share of the training, in order. Shares are numbers or fractions.

        stages:
          warmup, 1/5:
            f: …
          main, 4/5:
            f: …
    """
    return Diagnostic(
        "E0146",
        "the shares of the stages do not sum to one",
        (Label(place, f"they sum to {total}"),),
    )


def e0147_minimize_and_stages(place: Span, other: Span) -> Diagnostic:
    """Both `minimize` and `stages`

    `stages` are named `minimize` blocks, one after the other. A spec has either one `minimize`
    or `stages`.
    """
    return Diagnostic(
        "E0147",
        "a spec has `minimize` or `stages`, not both",
        (Label(place), Label(other, "and here")),
        helps=("move the groups of `minimize` into a stage",),
    )
