"""Where SiD's product leads: its gradient while the critic is held.

Written `k ⟨A, f - y - a A⟩` with `A = f - ψ`, it is `k (L₂ - a L₁)` of arXiv:2404.04057, where
L₁ = E |A|² and L₂ = E ⟨A, f - y⟩ are one number, the Fisher divergence F, once ψ has converged.
With ψ held they have other gradients, and since |ψ - E[y given z]|² is stationary in both laws
there, `2 ∇L₂ = ∇F + ∇L₁`: the product's gradient is `k (∇F / 2 + (1/2 - a) ∇L₁)`. The second part
is of second order near the truth, so that to the first order every a leads there, if k > 0.

Far from it a matters. For data of deviation s and samples of deviation S about the same mean, at a
noise of ρ = (σ/α)², the gradient by S² has the sign of `(S² - s²) (1 + a (s² - S²) / (S² + ρ))`:
samples on one point are held there where `ρ < -a s²`, and for a > 1 samples that are spread wider
than `(ρ + a s²) / (a - 1)` are spread further. Both are closed forms of one Gaussian.

With A stopped a sample is moved along `(∂f - 1) A` and no longer along the gradient of a
divergence. Of data on the two points ±1 the denoiser is `tanh(z / ρ)`, and at z = 0, between
them, `∂f - 1 = 1/ρ - 1` turns the sample away from the data where ρ < 1.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.critics.laws import SAMPLE, Seen, at_truth, fields_of
from fmdsl.proofs.drawn import sign_where_drawn, values_where_drawn
from fmdsl.proofs.pieces import learning
from fmdsl.proofs.pull import weight_sign
from fmdsl.proofs.verdict import REFUTED, Step, Verdict, refuted_or_undecided
from fmdsl.terms.term import Term

NAME = "critics"


@dataclass(frozen=True, slots=True)
class Product:
    """`scale * ⟨A, f - y - a A⟩`; `first` is the factor that is a multiple of A."""

    scale: Scalar
    a: Scalar
    first: Term


def product(case: Case, part: Part, where: Seen) -> Product | None:
    """The product that a term is; None where its factors are others."""
    for first, second in (part.piece.core.args, part.piece.core.args[::-1]):
        for read in (_as_denoisers, partial(_at_truth, case, part)):
            k, l, x = read(where, where.read.vector(first))
            b, d, e = read(where, where.read.vector(second))
            if x.is_zero and (k + l).is_zero and (b + d + e).is_zero and not (e * k).is_zero:
                return Product(-k * e * part.piece.sign, -d / e, first)
    return None


def _as_denoisers(where: Seen, form: Vector) -> tuple[Scalar, Scalar, Scalar]:
    """The factors of the frozen net, of the critic and of the sample, copies of weights the same.

    The nets are taken for denoisers.
    """
    form = al.tie(form, "ema")
    nets = [(a.fn.role, c) for a, c in form.terms.items() if isinstance(a, Jet) and not a.dirs]
    real, made = (sum((c for r, c in nets if r == role), al.ZERO) for role in ("frozen", "critic"))
    return real, made, form.coefficient(SAMPLE)


def _at_truth(case: Case, part: Part, where: Seen, form: Vector) -> tuple[Scalar, Scalar, Scalar]:
    """The factors of the denoisers of both laws, by what nets are, and of the sample.

    All are zero where the form is none of these alone.
    """
    denoiser = where.weights.data(where.z, where.velocity)
    slope = denoiser.coefficient(where.velocity)
    try:
        fields = fields_of(at_truth(case, part, form))
    except STOPS:
        return al.ZERO, al.ZERO, al.ZERO
    made, real = (sum(found.values(), al.ZERO) / slope for found in fields[:2])
    sample = form.coefficient(SAMPLE)
    state = (real + made) * (denoiser - slope * where.velocity)
    whole = (fields[2] - sample * SAMPLE - state).is_zero
    return (real, made, sample) if whole else (al.ZERO, al.ZERO, al.ZERO)


def asks_no_net(case: Case, part: Part) -> bool:
    """Whether no gradient passes through the nets: a sample is then moved along A alone."""
    live = learning(case.spec, part.group).live(part.piece.core)
    roles = {case.spec.outputs[t["fn"]].role for t in live if t.op == "jet"}
    return not roles & {"frozen", "critic"}


def astray(case: Case, part: Part, where: Seen, found: Product) -> Iterator[Verdict]:
    """A refutation for each way in which the product leads away from the data."""
    opaque = where.read.opaque
    way = sign_where_drawn(case.spec, found.scale, opaque)
    if (way or 0) * (weight_sign(part) or 0) < 0:
        reason = "to the first order its gradient is that of minus the Fisher divergence"
        help_ = "turn the sign of the term, or of one of its factors"
        yield _refuted(part, found.scale, reason, help_)
        return
    if asks_no_net(case, part):
        return
    ρ = (where.weights.sigma / where.weights.alpha) ** 2
    if not learning(case.spec, part.group).reached(found.first):
        reason = "the difference is stopped: between two points of data, samples are turned away"
        help_ = "let both factors move: the nets are `frozen` or held, and pass gradient on"
        yield from _where_negative(case, part, where, 1 - 1 / ρ, reason, help_)
    reason = "samples that have collapsed onto the mean of Gaussian data are held there"
    help_ = "turn the sign of the factor before the squared difference: it is subtracted"
    yield from _where_negative(case, part, where, (ρ + found.a) / (ρ + 1) ** 2, reason, help_)


def gradient(found: Product) -> Iterator[Step]:
    """What the gradient is, in words."""
    divergence = "Its gradient, with the critic held, is that of the Fisher divergence times"
    yield Step(divergence, found.scale / 2)
    square = "and that of |f - ψ|², which is of second order near the truth, times"
    yield Step(square, found.scale * (al.ONE / 2 - found.a))


def _where_negative(
    case: Case, part: Part, where: Seen, form: Scalar, reason: str, help: str
) -> Iterator[Verdict]:
    """A refutation at a draw where the form, by which samples are led to the data, is negative."""
    for seen in values_where_drawn(case.spec, form, where.read.opaque):
        if seen.sign < 0:
            steps = (
                Step("Samples are led towards the data by this times a positive number:", form),
            )
            span = part.piece.core.span
            yield Verdict(REFUTED, NAME, part.subject, reason, steps, form, seen.world, help, span)
            return


def _refuted(part: Part, form: Scalar, reason: str, help: str) -> Verdict:
    span = part.piece.core.span
    return refuted_or_undecided(NAME, part.subject, form, reason, help=help, span=span)
