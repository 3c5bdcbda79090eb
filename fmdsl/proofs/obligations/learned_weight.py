"""A learned weight has a best value.

`exp(w) Δ - w` weighs an error Δ and is paid for: for each Δ it is least at w = -log Δ, and that
least value grows with Δ, so that the student gains by a smaller error. So it must be wherever a
loss holds a net of role `weight`: without the price, or with one that pays, the weight runs off
for ever, and the loss with it (`log(exp(-φ) Δ + 1) + φ` falls as φ does, where φ / 2 has its best
at log Δ). The loss is taken as a function of the weight at one place, everything else held: its
slope must have one zero, where the loss is least. Where it is monotone, or largest at that zero,
it is refuted. Averaged over draws the best weight lies between those of single errors, and is that
of the mean error where the loss is linear in it.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.proofs.case import Case
from fmdsl.proofs.critics.optimum import sign
from fmdsl.proofs.critics.values import NoValue
from fmdsl.proofs.learned import Least, form_of, least, weighers
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Step, Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import Objective
from fmdsl.terms.show import show_term

NAME = "learned weight"
_HELP = "pay for the weight by a term that grows as it stops to count: `exp(-w) * error + w`"


def _prove(case: Case) -> Iterator[Verdict]:
    for group in case.spec.objectives:
        for output, call in weighers(case.spec, group):
            subject = f"{group.name}: {show_term(call)}"
            try:
                yield _told(subject, least(case.spec, group, call), output.name, group)
            except NoValue as stop:
                reason = f"where its loss is least is not decided: {stop}"
                yield Verdict(UNDECIDED, NAME, subject, reason)


def _told(subject: str, found: Least, name: str, group: Objective) -> Verdict:
    slope = form_of(found.slope, name)
    steps = (Step("The slope of the loss by the weight, all else held, has the sign of", slope),)

    def refused(form: al.Scalar, reason: str) -> Verdict:
        return refuted_or_undecided(NAME, subject, form, reason, steps, _HELP, group.loss.span)

    if found.at is None:
        return refused(slope, f"the loss {_RUNS[found.way].format(name)}: it has no best value")
    best = f"{name} = {found.at}"
    if sign(found.curvature) < 0:
        return refused(form_of(found.curvature, name), f"{best} is where the loss is largest")
    if any(sign(r) < 0 for r in found.rise):
        return refused(al.scalar(-1), f"at {best} the loss falls as the error grows")
    if sign(found.curvature) == 0 or any(sign(r) == 0 for r in found.rise):
        return Verdict(
            UNDECIDED, NAME, subject, f"whether {best} is the best is not decided", steps
        )
    reason = f"the loss is least at {best}, and that least grows with the error"
    return Verdict(PROVED, NAME, subject, reason, steps)


_RUNS = {
    1: "falls for ever as {} falls",
    -1: "falls for ever as {} grows",
    0: "does not depend on {}",
}

OBLIGATION = Obligation(NAME, _prove)
