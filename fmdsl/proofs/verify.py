"""`verify(spec)`: every obligation, in order, each with its verdicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property

from fmdsl.proofs.case import Case
from fmdsl.proofs.mend import Mend, mend
from fmdsl.proofs.proving import prove
from fmdsl.proofs.refusal import LONG, refutation, with_mend
from fmdsl.proofs.verdict import Verdict, short
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.spec import Spec


@dataclass(frozen=True)
class Report:
    """What is known of a spec: faults of the checks, and a verdict for each obligation."""

    case: Case = field(repr=False)
    verdicts: tuple[Verdict, ...]

    @property
    def name(self) -> str:
        return self.case.spec.spec.name

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        return self.case.faults

    @cached_property
    def mend(self) -> Mend | None:
        """The one edit after which nothing speaks against the spec, where one is found."""
        return mend(self.case, self.verdicts)

    @property
    def is_refused(self) -> bool:
        """Whether a check or a proof speaks against the spec."""
        return any(v.is_refuted for v in self.verdicts)

    @property
    def refusals(self) -> tuple[Diagnostic, ...]:
        """What refuses the spec, with its places: faults of the checks, or refutations."""
        return tuple(self._refusals())

    def _refusals(self) -> Iterator[Diagnostic]:
        for i, fault in enumerate(self.case.errors):
            yield with_mend(fault, self.mend) if self.mend and i == 0 else fault
        if not self.case.errors:
            yield from (refutation(v, self.mend) for v in self.verdicts if v.is_refuted)

    @property
    def headline(self) -> str:
        """What is wrong and how to mend it, or what is known, in a line."""
        wrong = next((v for v in self.verdicts if v.is_refuted), None)
        if wrong is None:
            open_ = sum(v.kind == "not decided" for v in self.verdicts)
            told = f", {open_} not decided" if open_ else ""
            return f"{self.name}: nothing speaks against it ({len(self.verdicts)} verdicts{told})"
        refused = f"{self.name}: refused: "
        if self.mend is not None:
            told = wrong.reason if self.case.errors else self.mend.words
            return f"{refused}{told}; {self.mend.help}"
        mend = f"; {short(wrong.help, LONG)}" if wrong.help else ""
        return f"{refused}{wrong.subject}: {wrong.reason}{mend}"


def verify_all(spec: Spec) -> Report:
    """As `verify`, for a spec as it was read."""
    return verify(elaborate_spec(spec))


def verify(spec: Elaborated) -> Report:
    """Every verdict on a spec. A spec that the checks refuse is not proved further."""
    case = Case(spec)
    return Report(case, prove(case))
