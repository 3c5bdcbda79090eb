"""Random stand-ins are unbiased.

A loss regresses on `e - x` where it means the marginal velocity. That is the same gradient in
expectation only where the random part ξ of the conditional velocity enters the residual to the
first degree, and where what multiplies the residual does not depend on ξ: no square of a
derivative along it, no ξ inside a net's place, no gradient through a derivative along it. This
is decided without the identity, for every net.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl import algebra as al
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.frame import XI
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.settle import words
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import PROVED, UNDECIDED, Step, Verdict, short

NAME = "unbiased"


def _prove(case: Case) -> Iterator[Verdict]:
    for part in case.parts:
        try:
            varied = part.varied
        except STOPS as stop:
            yield Verdict(UNDECIDED, NAME, part.subject, words(stop))
            continue
        if varied.frame.draws and varied.pairs:
            yield _of(part, varied)


def _of(part: Part, varied: Varied) -> Verdict:
    (draw,) = XI.terms
    if not any(draw in form.deps for pair in varied.pairs for form in pair):
        reason = "no random quantity stands for a marginal one"
        return Verdict(PROVED, NAME, part.subject, reason)
    try:
        mean = expected(varied.at({}))
    except al.Undecided as stop:
        reason = f"the expectation is not taken: {words(stop)}"
        return Verdict(UNDECIDED, NAME, part.subject, reason, help=_HELP)
    if mean.moments:
        moment = mean.moments[min(mean.moments)]
        reason = f"a moment of the conditional velocity is left: {al.text(moment)}"
        return Verdict(UNDECIDED, NAME, part.subject, short(reason), residual=moment, help=_HELP)
    steps = (Step("The residual is of the first degree in ξ,", varied.residual),
             Step("and what it is multiplied by is free of ξ:", varied.varied))  # fmt: skip
    reason = "the conditional velocity enters the residual to the first degree only"
    return Verdict(PROVED, NAME, part.subject, reason, steps)


_HELP = (
    "stop the gradient of what is differentiated along the conditional velocity, "
    "or use a marginal one"
)


OBLIGATION = Obligation(NAME, _prove)
