"""Every obligation put to a case, in order."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.obligations import OBLIGATIONS
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import UNDECIDED, Verdict

#: Characters of a reason that are shown.
_LONGEST = 200


def prove(case: Case) -> tuple[Verdict, ...]:
    """Every verdict on a case. One that the checks refuse is not proved further."""
    found: list[Verdict] = []
    for obligation in OBLIGATIONS:
        found += verdicts(obligation, case)
        if case.errors:
            break
    return tuple(found)


def verdicts(obligation: Obligation, case: Case) -> Iterator[Verdict]:
    """What the obligation finds; a form that the algebra lacks ends it, and is told."""
    try:
        yield from obligation.prove(case)
    except (*STOPS, RecursionError) as stop:
        reason = f"the algebra has no form for it: {stop}"[:_LONGEST]
        yield Verdict(UNDECIDED, obligation.name, case.spec.spec.name, reason)
