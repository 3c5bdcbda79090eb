"""Critics learn what the student uses.

A regression's optimum is the conditional mean of its target: the denoiser or the velocity that
the critic's identity names. A discriminator's optimum is found point by point, by setting the
derivative of its expected loss to zero: a log-ratio for the logistic losses, a sign for the
hinge. Generator and discriminator must pull the logit in opposite ways.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.critic import optimum_of, score_differences
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import Verdict

NAME = "critics"


def _prove(case: Case) -> Iterator[Verdict]:
    for output in case.spec.outputs.values():
        if output.role == "critic":
            yield from optimum_of(case, output)
    yield from score_differences(case)


OBLIGATION = Obligation(NAME, _prove)
