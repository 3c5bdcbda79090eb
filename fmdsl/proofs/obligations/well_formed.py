"""The spec is well-formed and well-typed.

Names, kinds, levels, gradient flow, draws: everything that the checks hold, `E01` to `E09`. A
spec that a check refuses is not proved any further, because its terms do not mean what they say.
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import PROVED, REFUTED, Verdict

NAME = "well-formed"


def _prove(case: Case) -> Iterator[Verdict]:
    warnings = [d for d in case.faults if d.severity == "warning"]
    if case.errors:
        codes = ", ".join(dict.fromkeys(d.code for d in case.errors))
        first = case.errors[0]
        span = first.labels[0].span if first.labels else None
        help_ = first.helps[0] if first.helps else ""
        reason = f"{first.message} ({codes})"
        yield Verdict(REFUTED, NAME, case.spec.spec.name, reason, help=help_, span=span)
        return
    told = f"; warnings: {', '.join(dict.fromkeys(d.code for d in warnings))}" if warnings else ""
    reason = f"names, kinds, levels and gradients pass every check{told}"
    yield Verdict(PROVED, NAME, case.spec.spec.name, reason)


OBLIGATION = Obligation(NAME, _prove)
