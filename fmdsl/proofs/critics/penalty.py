"""Penalties on a critic's slope: R1 on real samples, R2 on generated ones, and stand-ins.

A penalty is no function of the critic's number at a point. Its variation is, by parts,
`δ ∫ ρ |∇D|² = -2 ∫ δD ∇·(ρ ∇D)`, so that the optimum of `p a(D) + q b(D)` with it solves

    p a'(D) + q b'(D) = 2 c ∇·(ρ ∇D),

where ρ is the density of the penalised samples and c the weight: γ / 2 for R1 as it is written.

- As c -> 0 it is the optimum without the penalty, to first order in c.
- Where p = q everywhere, a constant solves it: the slope is zero, with the penalty as without.

A square of a derivative along noise n is R1 in expectation, `E (n·∇D)² = |∇D|²`. A finite
difference `(D(x + σ n) - D(x))²` is σ² times that, with an error of order σ⁴: approximate R1
(arXiv:2501.08316).
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fmdsl import algebra as al
from fmdsl.checks.samples import on_samples
from fmdsl.proofs.critics.optimum import densities
from fmdsl.proofs.critics.values import NoValue, Values
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.verdict import Step
from fmdsl.terms.build import is_zero
from fmdsl.terms.term import Term, number

_SQUARES = ("sse", "mse")


@dataclass(frozen=True, slots=True)
class Penalty:
    """`weight * |∇D|²` on real or on generated samples; `step` where it is a finite difference."""

    core: Term
    weight: Any
    generated: bool
    step: Any = None
    expansion: tuple[Step, ...] = ()

    @property
    def density(self) -> Any:
        return densities()[self.generated]


def penalty(read: Values, weight: Any, core: Term) -> Penalty | None:
    """The penalty that a term is; None where it is a function of numbers on samples."""
    inner = _squared(core)
    if inner is None:
        return None
    factor, inner = _unscaled(read, inner)
    calls = list(read.called(inner))
    if inner.op == "jet" and inner["order"] == 1:
        return _derivative(read, weight * factor**2, core, inner)
    if inner.op == "-" and len(calls) == 2 and all(a.bare in calls for a in inner.args):
        return _difference(read, weight * factor**2, core, inner)
    return None


def _squared(core: Term) -> Term | None:
    t = core.bare
    if t.op in _SQUARES and not t.args[0].type.is_vector:
        return t.args[0].bare if len(t.args) == 1 else None
    return t.args[0].bare if t.op == "^" and number(t.args[1]) == 2 else None


def _unscaled(read: Values, t: Term) -> tuple[Any, Term]:
    """A number before the slope: a division by the step."""
    if t.op == "/" and not read.called(t.args[1]):
        return 1 / read(t.args[1]), t.args[0].bare
    if t.op == "*" and not read.called(t.args[0]):
        return read(t.args[0]), t.args[1].bare
    return 1, t


def _derivative(read: Values, weight: Any, core: Term, jet: Term) -> Penalty | None:
    """The square of a derivative along noise: R1 in expectation."""
    (along,) = jet.directions
    moved = [(a, d) for a, d in zip(jet.place, along, strict=True) if not is_zero(d)]
    if len(moved) != 1 or not moved[0][0].type.is_vector or not _is_noise(moved[0][1]):
        raise NoValue("a derivative along what is no noise is no penalty on the slope")
    if moved[0][1].free & frozenset[str]().union(*(a.free for a in jet.place)):
        raise NoValue("the direction is not independent of the sample")
    return Penalty(core, weight, on_samples(read.spec, jet))


def _is_noise(t: Term) -> bool:
    return t.bare.op == "draw" and t.type.kind == "noise"


def _difference(read: Values, weight: Any, core: Term, gap: Term) -> Penalty | None:
    """The square of a difference between a sample and the same sample with noise added."""
    base, moved = sorted((a.bare for a in gap.args), key=lambda c: len(c.free))
    pairs = zip(base.place, moved.place, strict=True)
    apart = [(a, b) for a, b in pairs if a.key != b.key]
    if len(apart) != 1 or not apart[0][0].type.is_vector:
        return None
    added = moved.free - base.free
    try:
        shift = _vector(read, apart[0][1]) - _vector(read, apart[0][0])
    except Untranslated:
        return None
    noise = [n for n in added if set(shift.terms) == {al.basis(al.random(n))}]
    if not noise:
        return None if len(added) != 1 else _other_point()
    step = shift.coefficient(al.random(noise[0]))
    size = _size(read, step)
    steps = expansion(step, al.random(noise[0]))
    return Penalty(core, weight * size**2, on_samples(read.spec, base), size, tuple(steps))


def _other_point() -> Penalty | None:
    raise NoValue("a penalty compares two points that differ by more than added noise")


def _vector(read: Values, t: Term) -> al.Vector:
    return Translator(read.spec).vector(t)


def _size(read: Values, step: al.Scalar) -> Any:
    import sympy as sp

    step = al.put(step, {al.setting(n): al.scalar(v) for n, v in read.spec.settings.items()})
    if not step.is_number:
        raise NoValue(f"the step {al.text(step)} of a finite difference is no number")
    return sp.Rational(step.number.numerator, step.number.denominator)


def expansion(step: al.Scalar, noise: al.Vector) -> Iterator[Step]:
    """The square of the difference, expanded in its step; odd powers of the noise have mean 0."""
    h = al.time("h")
    z = al.state("z")
    critic = al.scalar_net("D", "critic")
    square = (critic(z + h * noise) - critic(z)) ** 2
    found = al.taylor(square, al.symbol(h), 4)
    if not (found[0].is_zero and found[1].is_zero):
        raise NoValue("the finite difference has no derivative for its limit")
    yield Step("In powers of the step, the square begins at order 2 with", found[2])
    yield Step(
        "of which the expectation over the noise is |∇D|²; at order 3 it is odd in it,", found[3]
    )
    yield Step(
        f"and of mean zero; the error is of order 4, at a step of {al.text(step)}:", found[4]
    )


def equation(penalties: list[Penalty], slope: Any) -> str:
    """`q*... = 2 c ∇·(ρ ∇D)`: what the optimum solves."""
    import sympy as sp

    density: Any = sp.factor(sum(2 * s.weight * s.density for s in penalties))
    factor, rest = density.as_coeff_Mul()
    told = "" if factor == 1 else f"{factor} "
    return f"{sp.simplify(slope)} = {told}∇·({rest if rest.is_Symbol else f'({rest})'} ∇D)"
