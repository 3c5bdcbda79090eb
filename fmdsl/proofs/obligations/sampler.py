"""The sampler is exact at the truth, and visits only what training visits.

With every net at its truth a step from t to r must be the flow, `step(z, t, r) = flow(z, t, r)`;
or it must map to the data and draw noise anew, which keeps the law at every level; a velocity
must be the law's own. A generator in one draw is exact where the law of its samples is the
data's. Where a sampler goes and training never does is the check E0702.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.settle import words
from fmdsl.proofs.translate import Translator
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.verdict import HOLDS_IF, PROVED, REFUTED, UNDECIDED, Step, Verdict, counterexample
from fmdsl.semantics.elaborated import SampleRule
from fmdsl.terms.term import Term, walk

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
        reason = f"the law of the samples of {', '.join(silent) or 'the net'} is the data's: then a draw is exact"
        return Verdict(HOLDS_IF, NAME, "draw", reason)
    if silent:
        reason = f"no identity says what {' and '.join(silent)} is"
        return Verdict(UNDECIDED, NAME, rule.kind, reason, help="state it under `identity`")
    read = Translator(case.spec, {}, _labels(rule))
    redrawn = _redrawn(case, rule, read)
    if redrawn is not None:
        return redrawn
    body = put_truth(read.vector(rule.body), case.truth)
    wanted = _wanted(rule, read)
    steps = (Step("With the truth put in, the rule is", body), Step("It is to be", wanted))
    return _compared(rule, body - wanted, steps)


def _compared(rule: SampleRule, gap: al.Vector, steps: tuple[Step, ...]) -> Verdict:
    if gap.is_zero:
        kind = "the flow" if rule.kind == "step" else "the law's velocity"
        return Verdict(PROVED, NAME, rule.kind, f"at the truth the rule is {kind}", steps)
    world = counterexample(gap)
    kind = REFUTED if world else UNDECIDED
    wanted = "flow(z, t, r)" if rule.kind == "step" else "velocity(z, t)"
    reason = f"at the truth the rule is not {wanted}: {_short(al.text(gap))} is left"
    return Verdict(
        kind, NAME, rule.kind, reason, steps, gap, world,
        help="a step from t to r is `z - (t - r) * u` for an average velocity u, or the map itself",
        span=rule.body.span,
    )  # fmt: skip


def _wanted(rule: SampleRule, read: Translator) -> al.Vector:
    z, *clocks = rule.params
    times = [al.time(c) for c in clocks]
    if rule.kind == "velocity":
        return DATA_VELOCITY(al.state(z), times[0], *read.labels)
    return al.Net(flow_of(DATA_VELOCITY.fn))(al.state(z), times[0], times[1], *read.labels)


def _redrawn(case: Case, rule: SampleRule, read: Translator) -> Verdict | None:
    """`path(f(z, t), fresh, r)`: mapped to the data, and noised anew."""
    body = rule.body
    while body.op == "let":
        body = body.args[0]
    if body.op != "path" or not any(t.op == "fresh" for t in walk(body.args[2])):
        return None
    z, t, *_ = rule.params
    clean = put_truth(read.vector(body.args[1]), case.truth)
    low = case.spec.routes[0].domain[0]
    ends = {al.scalar(0), *(_scalar(read, e) for e in _ends(case))}
    flow: Any = al.Net(flow_of(DATA_VELOCITY.fn))
    steps = (Step("With the truth put in, the clean end is", clean),)
    for end in ends:
        if clean == flow(al.state(z), al.time(t), end, *read.labels):
            where = "the data" if end.is_zero and low == 0 else f"level {al.text(end)}"
            reason = (
                f"at the truth the state is carried to {where} and noised anew, which keeps the law"
            )
            return Verdict(PROVED, NAME, rule.kind, reason, steps)
    gap = clean - flow(al.state(z), al.time(t), al.ZERO, *read.labels)
    return _compared(rule, gap, steps)


def _ends(case: Case) -> list[Term]:
    """The last level of the sampler: a path without a clean end stops above it."""
    rule = case.spec.sampler
    return list(rule.times[-1:]) if rule else []


def _scalar(read: Translator, t: Term) -> al.Scalar:
    return read.scalar(t)


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
