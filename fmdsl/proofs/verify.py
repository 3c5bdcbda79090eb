"""`verify(spec)`: every obligation, in order, each with its verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.obligations import OBLIGATIONS
from fmdsl.proofs.obligations.obligation import Obligation
from fmdsl.proofs.verdict import UNDECIDED, Verdict
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.spec import Spec

#: Characters of a reason that are shown.
_LONGEST = 200


@dataclass(frozen=True, slots=True)
class Report:
    """What is known of a spec: faults of the checks, and a verdict for each obligation."""

    name: str
    faults: tuple[Diagnostic, ...]
    verdicts: tuple[Verdict, ...]

    @property
    def is_refused(self) -> bool:
        """Whether a check or a proof speaks against the spec."""
        return any(v.is_refuted for v in self.verdicts)

    @property
    def headline(self) -> str:
        """What is wrong and how to mend it, or what is known, in a line."""
        wrong = next((v for v in self.verdicts if v.is_refuted), None)
        if wrong is None:
            open_ = sum(v.kind == "not decided" for v in self.verdicts)
            told = f", {open_} not decided" if open_ else ""
            return f"{self.name}: nothing speaks against it ({len(self.verdicts)} verdicts{told})"
        mend = f"; {wrong.help}" if wrong.help else ""
        return f"{self.name}: refused: {wrong.subject}: {wrong.reason}{mend}"


def verify_all(spec: Spec) -> Report:
    """As `verify`, for a spec as it was read."""
    return verify(elaborate_spec(spec))


def verify(spec: Elaborated) -> Report:
    """Every verdict on a spec. A spec that the checks refuse is not proved further."""
    case = Case(spec)
    verdicts: list[Verdict] = []
    for obligation in OBLIGATIONS:
        verdicts += _verdicts(obligation, case)
        if case.errors:
            break
    return Report(spec.spec.name, case.faults, tuple(verdicts))


def _verdicts(obligation: Obligation, case: Case) -> Iterator[Verdict]:
    """What the obligation finds; a form that the algebra lacks ends it, and is told."""
    try:
        yield from obligation.prove(case)
    except (*STOPS, RecursionError) as stop:
        reason = f"the algebra has no form for it: {stop}"[:_LONGEST]
        yield Verdict(UNDECIDED, obligation.name, case.spec.spec.name, reason)
