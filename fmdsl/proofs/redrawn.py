"""A step that goes to the data, or to a level, and draws noise anew from there."""

from __future__ import annotations

from fmdsl import algebra as al
from fmdsl.algebra.atoms import Jet
from fmdsl.proofs.case import Case
from fmdsl.proofs.law import weights_at
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.verdict import (
    IN_THE_LIMIT,
    PROVED,
    REFUTED,
    UNDECIDED,
    Step,
    Verdict,
    counterexample,
)
from fmdsl.semantics.elaborated import SampleRule
from fmdsl.terms.term import walk

#: Noise that a step draws.
FRESH = al.random("fresh")


def redrawn(case: Case, rule: SampleRule, body: al.Vector, name: str) -> Verdict | None:
    """`a * flow(z, t, end) + k * fresh`: carried to a level, and noised anew from there."""
    flows = [x for x in body.terms if isinstance(x, Jet) and x.fn.role == "flow"]
    if al.basis(FRESH) not in body.terms or len(body.terms) != 2 or len(flows) != 1:
        return None
    (flow,) = flows
    factor, noise = body.terms[flow], body.coefficient(FRESH) / _noise_scale(case)
    end, to = flow.times[1], al.time(rule.params[2])
    low, high = weights_at(case.spec, end), weights_at(case.spec, to)
    gaps = (factor * low.alpha - high.alpha, (factor * low.sigma) ** 2 + noise**2 - high.sigma**2)
    steps = (Step("With the truth put in, the rule is", body),
             Step("The weight of the data is off by", gaps[0]),
             Step("and the square of that of the noise by", gaps[1]))  # fmt: skip
    if all(g.is_zero for g in gaps):
        where = "the data" if low.sigma.is_zero else f"level {al.text(end)}"
        reason = (
            f"at the truth the state is carried to {where} and noised anew, which keeps the law"
        )
        return Verdict(PROVED, name, rule.kind, reason, steps)
    gap = next(g for g in gaps if not g.is_zero)
    small = _small_setting(case, gaps)
    if small is not None:
        reason = (
            f"at the truth the law is kept as {small[0]} -> 0, with an error of order {small[1]}"
        )
        return Verdict(IN_THE_LIMIT, name, rule.kind, reason, steps, gap)
    world = counterexample(gap)
    reason = f"the noise drawn anew does not make the law of the next level: off by {al.text(gap)}"
    kind = REFUTED if world else UNDECIDED
    return Verdict(
        kind, name, rule.kind, reason, steps, gap, world, help=_REDRAW, span=rule.body.span
    )


def _small_setting(case: Case, gaps: tuple[al.Scalar, ...]) -> tuple[str, int] | None:
    """A setting with which the error goes to zero, and how fast."""
    for name in case.spec.settings:
        symbol = al.symbol(al.setting(name))
        left = [g for g in gaps if not g.is_zero]
        if not all(symbol in g.deps for g in left):
            continue
        order = min(al.first_order(g, symbol)[0] for g in left)
        if order > 0:
            return name, order
    return None


_REDRAW = "draw noise anew by the path: `path(f(z, t), fresh, r)`"


def _noise_scale(case: Case) -> al.Scalar:
    """What the noise is multiplied by before it enters the path in training."""
    for group in case.spec.objectives:
        for t in walk(group.loss):
            if t.op == "path":
                form = Translator(case.spec).vector(t.args[2])
                if len(form.terms) == 1:
                    return next(iter(form.terms.values()))
    return al.ONE
