"""Gradients of two terms compared: draw by draw, in expectation, or in a limit."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.case import Part
from fmdsl.proofs.relation import AVERAGE, DIFFERENT, EQUAL, GRADIENT, LIMIT, UNDECIDED, Relation
from fmdsl.proofs.scaling import Scaling
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import Form, Step, counterexample
from fmdsl.proofs.weighing import weight_words


def gradients(
    a: Part, b: Part, mine: Scalar, theirs: Scalar, pair: tuple[Varied, Varied],
    steps: tuple[Step, ...], limit: tuple[str, Fraction] | None, assumed: dict[Any, Any],
) -> Relation:  # fmt: skip
    """The relation of two gradients; `assumed` is what is known of teachers and frozen nets."""
    if limit is not None:
        return _in_limit(a, mine, theirs, steps, limit)
    weights = weight_words(a), weight_words(b)
    factor = al.ratio(mine, theirs)
    if factor is not None:
        return _pointwise(factor, pair, steps, weights)
    average = _averaged(mine, theirs, assumed)
    if average is not None:
        factor, condition = average
        reason = f"{condition}the gradients agree in expectation given z, with the factor "
        told = f"{reason}{al.text(factor)}{_weighed(weights)}"
        return Relation(AVERAGE, told, factor, steps)
    return _different(mine, theirs, pair, steps)


def _averaged(mine: Scalar, theirs: Scalar, assumed: dict[Any, Any]) -> tuple[Scalar, str] | None:
    """The ratio of the expectations given z, and under which identities of given nets."""
    try:
        means = expected(mine), expected(theirs)
    except al.Undecided:
        return None
    if means[0].moments or means[1].moments:
        return None
    factor = al.ratio(means[0].value, means[1].value)
    if factor is not None:
        return factor, ""
    if not assumed:
        return None
    given = [put_truth(m.value, assumed) for m in means]
    factor = al.ratio(given[0], given[1])
    told = "; ".join(t.words for t in assumed.values())
    return None if factor is None else (factor, f"if {told}: ")


def _different(
    mine: Scalar, theirs: Scalar, pair: tuple[Varied, Varied], steps: tuple[Step, ...]
) -> Relation:
    both = pair[0].pairs and pair[1].pairs and pair[0].residual != pair[1].residual
    gap: Form = pair[0].residual - pair[1].residual if both else mine - theirs
    if gap.is_zero:
        gap = mine - theirs
    world = counterexample(gap)
    kind = DIFFERENT if world else UNDECIDED
    return Relation(kind, f"the gradients differ: {al.text(gap)[:160]}", None, steps, gap, world)


def _pointwise(
    factor: Scalar, pair: tuple[Varied, Varied], steps: tuple[Step, ...], weights: tuple[str, str]
) -> Relation:
    same = pair[0].residual in (pair[1].residual, -pair[1].residual) and pair[0].pairs
    # a prescribed gradient is no square, though it may have a square's gradient
    same = same and pair[0].piece.is_regression == pair[1].piece.is_regression
    step = Step("The ratio of the gradients is", factor)
    if factor == 1 and same and weights[0] == weights[1]:
        return Relation(
            EQUAL,
            "the losses are equal at θ⁻ = θ, and so are their gradients",
            factor,
            (*steps, step),
        )
    reason = f"the gradients agree for every draw, with the factor {al.text(factor)}"
    return Relation(GRADIENT, reason + _weighed(weights), factor, (*steps, step))


def _in_limit(
    a: Part, mine: Scalar, theirs: Scalar, steps: tuple[Step, ...], limit: tuple[str, Fraction]
) -> Relation:
    name, to = limit
    symbol, at = al.symbol(al.setting(name)), al.scalar(to)
    order, lead = al.first_order(mine, symbol, at)
    factor = al.ratio(lead, theirs)
    step = Step(f"As {name} -> {to}, A's gradient is, at its first order ({order}),", lead)
    if factor is None:
        gap = lead - theirs
        return Relation(
            DIFFERENT,
            f"the limit differs: {al.text(gap)[:160]}",
            None,
            (*steps, step),
            gap,
            counterexample(gap),
        )
    power = f" times {name}^{order}" if order else ""
    reason = f"as {name} -> {to} the gradient becomes B's{power}, with the factor {al.text(factor)}"
    weights = Scaling(a, name, order).weights if to == 0 else 0
    reason += f", and its weights go as {name}^{weights}" if weights else ""
    return Relation(
        LIMIT, reason, factor, (*steps, step), order=order + weights, span=a.group.loss.span
    )


def _weighed(weights: tuple[str, str]) -> str:
    if weights[0] == weights[1]:
        return ""
    return f"; the weights differ: {weights[0] or '1'} in A, {weights[1] or '1'} in B"
