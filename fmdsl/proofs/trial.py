"""A refused spec edited, and proved again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice, takewhile
from time import process_time

from fmdsl.algebra import Vector
from fmdsl.checks import CHECKS, errors
from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations import OBLIGATIONS
from fmdsl.proofs.proving import verdicts
from fmdsl.proofs.repairs import REPAIRS, Edit, Repair, stop
from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.repairs.sites import sites
from fmdsl.proofs.rescaled import Rescaled
from fmdsl.proofs.steps import has_step
from fmdsl.proofs.vanishing import vanishes
from fmdsl.proofs.verdict import REFUTED, UNDECIDED, Verdict
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.replace import spec_with
from fmdsl.syntax.source import Span

#: Edits of a round that are tried, and the seconds that all may take.
MOST, PATIENCE = 320, 1.3
#: An edit makes specs that no one would write, which may fail anywhere.
_FAILURES = (ArithmeticError, AssertionError, LookupError, RecursionError, TypeError, ValueError)
_STATIONARY = "truth stationary"
#: The warning of a term without gradient.
_SILENT = "E0306"
#: Slips by which a net is led away.
_TURNS = frozenset({"sign", "minus", "exchange", "weight"})


@dataclass(frozen=True, slots=True)
class Attempt:
    """An edit at its site, and the spec so edited."""

    site: Site
    edit: Edit
    mended: Case


@dataclass(frozen=True, slots=True)
class Trial:
    """A refused case, its first refutation, and what of each obligation holds.

    After `end`, in seconds of this process's own time, no edit is tried.
    """

    case: Case
    first: Verdict
    holding: Counter[str]
    end: float

    def attempts(self) -> Iterator[Attempt]:
        """Every edit that the checks accept, the likelier first."""
        places = tuple(_places(self.case, self.first))
        where = sites(self.case.spec, places, bool(self.case.errors))
        yield from self._accepted(self._edits(where, early=True))
        if self.first.obligation == _STATIONARY:
            yield from self._by_residual(where)
        else:
            for some in self._rounds(where, places):
                yield from self._accepted(self._edits(some))

    def _by_residual(self, where: Sequence[Site]) -> Iterator[Attempt]:
        """Those that a quick look at the residual refuses come at the end: a limit may hold."""
        says = sites(self.case.spec, (e.span for e in self.case.spec.equations if e.span))
        says = tuple(s for s in says if all(s.body is not w.body for w in where))
        rescaled, late = Rescaled(self.case, self.first), list[tuple[Site, Edit]]()
        for site, edit in self._edits((*where, *says)):
            if rescaled.may_mend(edit, site):
                one = self._attempt(site, edit)
                if one is not None and self._may_hold(one.mended):
                    yield one
                    continue
            late += [(site, edit)] if site in where else []
        if any(has_step(p) for p in self.case.parts if p.subject == self.first.subject):
            yield from self._accepted(iter(late))

    def _rounds(self, where: Sequence[Site], places: Sequence[Span]) -> Iterator[Sequence[Site]]:
        if self.first.obligation == "boundary":  # what a map is made of, before the map
            yield where[::-1]
            return
        near = tuple(s for s in where if s.is_near(places))
        yield near
        yield tuple(s for s in where if s not in near)

    def _edits(self, where: Sequence[Site], early: bool = False) -> Iterator[tuple[Site, Edit]]:
        own = [r for r in REPAIRS if r.only == self.first.obligation]
        others = (r for r in REPAIRS if not r.only and self._may_mend(r))
        kinds = [r for r in (*own, *others) if r.early is early]
        yield from takewhile(self._is_in_time, islice(_of(kinds, where), MOST))

    def _is_in_time(self, _: object = None) -> bool:
        return process_time() < self.end

    def _may_mend(self, repair: Repair) -> bool:
        """A net is led away by a sign or an order; and no `sg` makes a residual zero."""
        if isinstance(self.first.residual, Vector) and self.first.obligation == _STATIONARY:
            return repair is not stop.REPAIR
        return self.first.obligation != "descent" or repair.name in _TURNS

    def _accepted(self, edits: Iterator[tuple[Site, Edit]]) -> Iterator[Attempt]:
        tried = (self._attempt(site, edit) for site, edit in edits)
        yield from (one for one in tried if one is not None)

    def _attempt(self, site: Site, edit: Edit) -> Attempt | None:
        mended = self._edited(edit) if self._is_in_time() else None
        return mended and Attempt(site, edit, mended)

    def _edited(self, edit: Edit) -> Case | None:
        """The spec with the edit, where it changes anything that counts and no check refuses it."""
        with suppress(*_FAILURES):
            text = spec_with(self.case.spec.spec, edit.old, edit.new)
            spec = elaborate_spec(text, like=self.case.spec)
            mended = Case(spec, in_haste=True)
            is_idle = self.first.obligation == _STATIONARY and _said(mended) == _said(self.case)
            if not is_idle and not self._is_refused_as_before(spec) and self._is_no_worse(mended):
                return mended
        return None

    def _is_no_worse(self, mended: Case) -> bool:
        """Whether no check refuses it, and no term has been put to silence."""
        silent = any(d.code == _SILENT for d in mended.faults)
        was_silent = any(d.code == _SILENT for d in self.case.faults)
        return not mended.errors and (was_silent or not silent)

    def _is_refused_as_before(self, spec: Elaborated) -> bool:
        """Whether the check that refused the spec first, which is asked before all others, does."""
        return any(errors(CHECKS[d.code].run(spec)) for d in self.case.errors[:1])

    def is_mended(self, mended: Case) -> bool:
        """Whether the edited spec is refused by nothing, and proved where it was refuted."""
        with suppress(*_FAILURES):
            return self._holds_again(mended) and self._stands(Case(mended.spec))
        return False

    def _holds_again(self, mended: Case) -> bool:
        held = 0
        asked = next(o for o in OBLIGATIONS if o.name == self.first.obligation)
        for v in verdicts(asked, mended):
            if v.is_refuted or (v.kind == UNDECIDED and v.subject == self.first.subject):
                return False
            held += _holds(v) and v.obligation == asked.name
        return held > self.holding[self.first.obligation]

    def _stands(self, mended: Case) -> bool:
        """Whether nothing speaks against it, and what was proved is proved still."""
        for obligation in OBLIGATIONS:
            held = 0
            for v in verdicts(obligation, mended):
                if v.is_refuted or (self.case.errors and _is_open(v)):
                    return False
                held += _holds(v)
            if held < self.holding[obligation.name]:
                return False
        return True

    def _may_hold(self, mended: Case) -> bool:
        """A quick look at the terms, without worlds and limits."""
        with suppress(*_FAILURES):
            return all(
                vanishes(mended, new) is not False
                for old, new in zip(self.case.parts, mended.parts, strict=False)
                if old.subject == self.first.subject
            )
        return False


def _of(kinds: Sequence[Repair], where: Sequence[Site]) -> Iterator[tuple[Site, Edit]]:
    for repair in kinds:
        for site in where:
            for node in site.nodes:
                yield from ((site, edit) for edit in repair.edits(node, site))


def trial_of(case: Case, found: Sequence[Verdict]) -> Trial | None:
    """The trial of what these verdicts refute; None where they refute nothing."""
    first = next((v for v in found if v.is_refuted), None)
    holding = Counter(v.obligation for v in found if _holds(v))
    return first and Trial(case, first, holding, process_time() + PATIENCE)


def _holds(verdict: Verdict) -> bool:
    return verdict.kind not in (UNDECIDED, REFUTED)


def _is_open(verdict: Verdict) -> bool:
    """Whether it is left open that a term is stationary, its weights aside."""
    is_weight = verdict.subject.endswith(": weight")
    return verdict.obligation == _STATIONARY and verdict.kind == UNDECIDED and not is_weight


def _said(case: Case) -> list[int]:
    """The losses and identities, to see whether an edit changes any."""
    losses = [o.loss.key for o in case.spec.objectives]
    return losses + [side.key for e in case.spec.equations for side in (e.left, e.right)]


def _places(case: Case, first: Verdict) -> Iterator[Span]:
    """Where the refusal points: at an expression, at a group's whole loss, at the identities."""
    yield from (label.span for d in case.errors for label in d.labels)
    if first.obligation != "anchored" and first.span is not None:
        yield first.span
    if first.span is None or first.obligation in ("anchored", "claim"):
        yield from (o.loss.span for o in case.spec.objectives if o.loss.span)
