"""The sampler is exact at the truth, and visits only what training visits.

With every net at its truth a step from t to r must be the flow, `step(z, t, r) = flow(z, t, r)`; or
it must map to the data and draw noise anew, which keeps the law at every level. Of nets that know
no flow (a velocity, a denoiser) a step must follow it to first order, as Euler's does and DDIM's. A
step that adds noise to anything else must keep the law to first order: its drift along the score
makes up for the noise. A velocity must be the law's own. A generator in one draw is exact where the
law of its samples is the data's. Where a sampler goes and training never does is the check E0702.
It starts from noise: a path that holds data at the first time is refuted.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from fmdsl import algebra as al
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.ancestral import ancestral
from fmdsl.proofs.branches import branches
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.departure import departure
from fmdsl.proofs.fields import labels_as
from fmdsl.proofs.frame import Branch
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.redrawn import redrawn
from fmdsl.proofs.settle import words
from fmdsl.proofs.sides import ways
from fmdsl.proofs.start import starts
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
    short,
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
    yield from _on_every_side(case, rule)
    yield from starts(case, rule)
    yield _visits(case, rule)


def _on_every_side(case: Case, rule: SampleRule) -> Iterator[Verdict]:
    """One verdict where the branches of the rule agree, else one for each side of them."""
    found = [(Branch(w), _settled(case, rule, Branch(w))) for w in ways(walk(rule.body))]
    if len({(v.kind, v.reason) for _, v in found}) == 1:
        yield found[0][1]
        return
    for branch, verdict in found:
        yield replace(verdict, subject=f"{rule.kind} where {branch.words}")


def _settled(case: Case, rule: SampleRule, branch: Branch) -> Verdict:
    try:
        return _exact(case, rule, branch)
    except STOPS as stop:
        return Verdict(UNDECIDED, NAME, rule.kind, words(stop))


def _exact(case: Case, rule: SampleRule, branch: Branch) -> Verdict:
    nets = [t["fn"] for t in walk(rule.body) if t.op == "jet" and t["fn"] in case.spec.outputs]
    silent = [n for n in dict.fromkeys(nets) if n not in case.truths]
    if rule.kind == "draw":
        whose = ", ".join(silent) or "the net"
        reason = f"the law of the samples of {whose} is the data's: then a draw is exact"
        return Verdict(HOLDS_IF, NAME, "draw", reason)
    if silent:
        reason = f"no identity says what {' and '.join(silent)} is"
        return Verdict(UNDECIDED, NAME, rule.kind, reason, help="state it under `identity`")
    labels = _labels(rule)
    taken = {condition.key: held for condition, held in branch.cases}
    read = Translator(case.spec, {}, labels, taken, renamed=labels_as(case.spec, labels))
    body = put_truth(read.vector(rule.body), case.truth)
    again = redrawn(case, rule, body, NAME) if rule.kind == "step" else None
    if again is not None:
        return again
    if any(t.op == "fresh" for t in walk(rule.body)):
        return ancestral(case, rule, read, body, NAME)
    wanted = _wanted(rule, read, body)
    steps = (Step("With the truth put in, the rule is", body), Step("It is to be", wanted))
    speed = departure(case.spec, rule, body)
    if (body - wanted).is_zero or speed is None:
        asked = _FLOW if rule.kind == "step" else _VELOCITY
        return _compared(case, rule, body - wanted, steps, asked)
    z, t, _ = rule.params
    steps = (steps[0], Step("It leaves its state with the speed", speed))
    gap = speed - DATA_VELOCITY(al.state(z), al.time(t), *read.labels)
    return _compared(case, rule, gap, steps, _SMALL)


@dataclass(frozen=True, slots=True)
class _Told:
    """What is said of a rule that is as it should be, always or if; and of one that is not."""

    kind: str
    always: str
    held: str
    missed: str


_FLOW = _Told(PROVED, "the rule is the flow", "the rule is exact", "the rule is not flow(z, t, r)")
_VELOCITY = _Told(
    PROVED, "the rule is the law's velocity", "the rule is exact", "the rule is not velocity(z, t)"
)
_SMALL = _Told(
    IN_THE_LIMIT,
    "a small step follows the flow, to first order in the step",
    "a small step follows the flow",
    "a small step does not follow velocity(z, t)",
)


def _compared(
    case: Case, rule: SampleRule, gap: al.Vector, steps: tuple[Step, ...], told: _Told
) -> Verdict:
    if gap.is_zero:
        return Verdict(told.kind, NAME, rule.kind, f"at the truth {told.always}", steps)
    for form, condition in ((gap, ""), *branches(gap)):
        for plain, value in ((form, ""), *_at_their_values(case, form)):
            if plain.is_zero:
                held = " and ".join(filter(None, (condition, value)))
                reason = f"{held}: then at the truth {told.held}"
                return Verdict(HOLDS_IF, NAME, rule.kind, reason, steps)
    world = counterexample(gap)
    kind = REFUTED if world else UNDECIDED
    reason = f"at the truth {told.missed}"
    reason += ": a residual is left" if world else f": {short(al.text(gap))} is left"
    return Verdict(
        kind, NAME, rule.kind, reason, steps, gap, world, help=_HELP[rule.kind],
        span=rule.body.span,
    )  # fmt: skip


_HELP = {
    "step": "a step from t to r is `z - (t - r) * u` for an average velocity u, or the map itself",
    "velocity": "a velocity is dz/dt along the path, by the path's own clock",
}


def _at_their_values(case: Case, gap: al.Vector) -> Iterator[tuple[al.Vector, str]]:
    """What is left where a setting has the value that the spec gives it."""
    for name, value in case.spec.settings.items():
        yield al.put(gap, {al.setting(name): al.scalar(value)}), f"{name} = {value}"


def _wanted(rule: SampleRule, read: Translator, body: al.Vector) -> al.Vector:
    """The flow that the identities speak of: the data's, or a guided one's."""
    z, *clocks = rule.params
    times = [al.time(c) for c in clocks]
    if rule.kind == "velocity":
        return DATA_VELOCITY(al.state(z), times[0], *read.labels)
    flows = [f for f in al.nets_in(body) if f.role == "flow"]
    fn = flows[0] if len(flows) == 1 else flow_of(DATA_VELOCITY.fn)
    return al.Net(fn)(al.state(z), times[0], times[1], *read.labels)


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


OBLIGATION = Obligation(NAME, _prove)
