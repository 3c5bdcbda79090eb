"""The optimum of a critic's regression: the mean that its identity names."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case, is_adversarial
from fmdsl.proofs.settle import MEAN, POINTWISE, settle
from fmdsl.proofs.verdict import PROVED, Verdict
from fmdsl.semantics.elaborated import Output

NAME = "critics"


def regression(case: Case, output: Output) -> Iterator[Verdict]:
    """What minimises the regressions of a critic, given its input."""
    if output.name not in case.truths:
        return
    known = case.truths[output.name].words.partition(": ")[2]
    for part in case.parts:
        if output not in part.learners or is_adversarial(part):
            continue
        found = settle(case, part)
        if found.kind in (MEAN, POINTWISE):
            reason = f"the optimum of {part.piece.title} is {known}"
            yield Verdict(PROVED, NAME, output.name, reason, found.steps)
