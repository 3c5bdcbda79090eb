"""The sampler is exact at the truth, and visits only what training visits.

With every net at its truth a step from t to r must be the flow, `step(z, t, r) = flow(z, t, r)`;
or it must map to the data and draw noise anew, which keeps the law at every level; a velocity
must be the law's own. A generator in one draw is exact where the law of its samples is the
data's. Where a sampler goes and training never does is the check E0702.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.algebra.atoms import Jet
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.branches import branches
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.law import DATA_VELOCITY, weights_at
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.settle import words
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.verdict import (
    HOLDS_IF,
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

NAME = "sampler exact"
VISITS = "sampler visits"


def _prove(case: Case) -> Iterator[Verdict]:
    rule = case.spec.sampler
    if rule is None:
        yield Verdict(UNDECIDED, NAME, case.spec.spec.name, "the spec says no way to sample")
        return
    try:
        yield _exact(case, rule)
    except STOPS as stop:
        yield Verdict(UNDECIDED, NAME, rule.kind, words(stop))
    yield _visits(case, rule)


def _exact(case: Case, rule: SampleRule) -> Verdict:
    nets = [t["fn"] for t in walk(rule.body) if t.op == "jet" and t["fn"] in case.spec.outputs]
    silent = [n for n in dict.fromkeys(nets) if n not in case.truths]
    if rule.kind == "draw":
        whose = ", ".join(silent) or "the net"
        reason = f"the law of the samples of {whose} is the data's: then a draw is exact"
        return Verdict(HOLDS_IF, NAME, "draw", reason)
    if silent:
        reason = f"no identity says what {' and '.join(silent)} is"
        return Verdict(UNDECIDED, NAME, rule.kind, reason, help="state it under `identity`")
    read = Translator(case.spec, {}, _labels(rule))
    body = put_truth(read.vector(rule.body), case.truth)
    redrawn = _redrawn(case, rule, read, body) if rule.kind == "step" else None
    if redrawn is not None:
        return redrawn
    wanted = _wanted(rule, read, body)
    steps = (Step("With the truth put in, the rule is", body), Step("It is to be", wanted))
    return _compared(rule, body - wanted, steps)


def _compared(rule: SampleRule, gap: al.Vector, steps: tuple[Step, ...]) -> Verdict:
    if gap.is_zero:
        kind = "the flow" if rule.kind == "step" else "the law's velocity"
        return Verdict(PROVED, NAME, rule.kind, f"at the truth the rule is {kind}", steps)
    for branch, condition in branches(gap):
        if branch.is_zero:
            reason = f"{condition}: then at the truth the rule is exact"
            return Verdict(HOLDS_IF, NAME, rule.kind, reason, steps)
    world = counterexample(gap)
    kind = REFUTED if world else UNDECIDED
    wanted = "flow(z, t, r)" if rule.kind == "step" else "velocity(z, t)"
    reason = f"at the truth the rule is not {wanted}"
    reason += ": a residual is left" if world else f": {_short(al.text(gap))} is left"
    return Verdict(
        kind, NAME, rule.kind, reason, steps, gap, world,
        help="a step from t to r is `z - (t - r) * u` for an average velocity u, or the map itself",
        span=rule.body.span,
    )  # fmt: skip


def _wanted(rule: SampleRule, read: Translator, body: al.Vector) -> al.Vector:
    """The flow that the identities speak of: the data's, or a guided one's."""
    z, *clocks = rule.params
    times = [al.time(c) for c in clocks]
    if rule.kind == "velocity":
        return DATA_VELOCITY(al.state(z), times[0], *read.labels)
    flows = [f for f in al.nets_in(body) if f.role == "flow"]
    fn = flows[0] if len(flows) == 1 else flow_of(DATA_VELOCITY.fn)
    return al.Net(fn)(al.state(z), times[0], times[1], *read.labels)


def _redrawn(case: Case, rule: SampleRule, read: Translator, body: al.Vector) -> Verdict | None:
    """`a * flow(z, t, end) + k * fresh`: carried to a level, and noised anew from there."""
    flows = [x for x in body.terms if isinstance(x, Jet) and x.fn.role == "flow"]
    if al.basis(_FRESH) not in body.terms or len(body.terms) != 2 or len(flows) != 1:
        return None
    (flow,) = flows
    factor, noise = body.terms[flow], body.coefficient(_FRESH) / _noise_scale(case)
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
        return Verdict(PROVED, NAME, rule.kind, reason, steps)
    gap = next(g for g in gaps if not g.is_zero)
    small = _small_setting(case, gaps)
    if small is not None:
        reason = (
            f"at the truth the law is kept as {small[0]} -> 0, with an error of order {small[1]}"
        )
        return Verdict(IN_THE_LIMIT, NAME, rule.kind, reason, steps, gap)
    world = counterexample(gap)
    reason = f"the noise drawn anew does not make the law of the next level: off by {al.text(gap)}"
    kind = REFUTED if world else UNDECIDED
    return Verdict(
        kind, NAME, rule.kind, reason, steps, gap, world, help=_REDRAW, span=rule.body.span
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


_FRESH = al.random("fresh")
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


def _labels(rule: SampleRule) -> tuple[str, ...]:
    found = [t for t in walk(rule.body) if t.op == "param" and t.type.kind == "label"]
    return tuple(dict.fromkeys(t["name"] for t in found))[:1]


def _visits(case: Case, rule: SampleRule) -> Verdict:
    strange = [d for d in case.faults if d.code == "E0702"]
    if strange:
        found = strange[0]
        reason = f"{found.message}: {'; '.join(found.notes)}"
        return Verdict(UNDECIDED, VISITS, rule.kind, reason, help="; ".join(found.helps))
    reason = "every clock of the sampler lies in what the draws of training cover"
    return Verdict(PROVED, VISITS, rule.kind, reason)


def _short(text: str) -> str:
    return text if len(text) < 160 else f"{text[:159]}…"


OBLIGATION = Obligation(NAME, _prove)
