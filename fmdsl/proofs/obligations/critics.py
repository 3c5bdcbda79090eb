"""Critics learn what the student uses.

A regression's optimum is the conditional mean of its target: the denoiser or the velocity that
the critic's identity names. A discriminator's optimum is found point by point, by setting the
derivative of its expected loss to zero: a log-ratio for the logistic losses, a sign for the
hinge, a share for least squares; for a pair of a real and a generated sample the log-ratio up to a
constant. A loss that is linear in its number has none. A penalty on its slope (R1, or a difference
along noise) is no function of its value: the optimum is then that of an equation, told, and comes
to the one without as the weight goes to 0. Generator and discriminator must pull its number in
opposite ways.

A prescribed gradient that reads a teacher is set beside the difference of two scores (DMD, VSD,
SDS), and a product of a frozen net and a critic beside its square (SiD's projected identity).
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.critics import (
    discriminator,
    projected_identities,
    regression,
    score_differences,
)
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import Verdict

NAME = "critics"


def _prove(case: Case) -> Iterator[Verdict]:
    for output in case.spec.outputs.values():
        if output.role == "critic":
            judges = output.kind in ("logit", "scalar")
            yield from discriminator(case, output) if judges else regression(case, output)
    yield from score_differences(case)
    yield from projected_identities(case)


OBLIGATION = Obligation(NAME, _prove)
