"""A refused spec edited, and proved again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fmdsl.proofs.case import Case
from fmdsl.proofs.obligations import OBLIGATIONS
from fmdsl.proofs.proving import prove, verdicts
from fmdsl.proofs.repairs import REPAIRS, Edit, Repair
from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.repairs.sites import sites
from fmdsl.proofs.settle import vanishes
from fmdsl.proofs.verdict import REFUTED, UNDECIDED, Verdict
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.replace import spec_with
from fmdsl.syntax.source import Span

_STATIONARY = "truth stationary"


@dataclass(frozen=True, slots=True)
class Trial:
    """A refused case, its first refutation, and what of each obligation holds."""

    case: Case
    first: Verdict
    holding: Counter[str]

    def edits(self) -> Iterator[tuple[Site, Edit, bool]]:
        """Every edit; once more and `late` for a proof that may need a limit."""
        places = tuple(_places(self.case, self.first))
        where = sites(self.case.spec, places, bool(self.case.errors))
        own = [r for r in REPAIRS if r.only == self.first.obligation]
        kinds = own + [r for r in REPAIRS if not r.only]
        if self.first.obligation == _STATIONARY:
            says = sites(self.case.spec, (e.span for e in self.case.spec.equations if e.span))
            says = tuple(s for s in says if all(s.body is not w.body for w in where))
            stages = (((*where, *says), False), (where, True))
        elif self.first.obligation == "boundary":  # what a map is made of, before the map
            stages = ((where[::-1], True),)
        else:
            near = tuple(s for s in where if s.is_near(places))
            far = tuple(s for s in where if s not in near)
            stages = ((near, True), (far, True))
        early = [r for r in kinds if r.early]
        yield from ((site, edit, True) for site, edit in _of(early, where))
        kinds = [r for r in kinds if not r.early]
        for some, late in stages:
            yield from ((site, edit, late) for site, edit in _of(kinds, some))

    def is_mended(self, edit: Edit, late: bool) -> bool:
        """Whether the edited spec is refused by nothing, and proved where it was refuted."""
        spec = elaborate_spec(spec_with(self.case.spec.spec, edit.old, edit.new))
        mended = Case(spec, in_haste=True)
        if _said(mended) == _said(self.case) and self.first.obligation == _STATIONARY:
            return False
        if mended.errors or not (late or self._may_hold(mended)):
            return False
        asked = next(o for o in OBLIGATIONS if o.name == self.first.obligation)
        again = tuple(verdicts(asked, mended))
        if any(v.is_refuted for v in again):
            return False
        if _holding(again)[asked.name] <= self.holding[asked.name]:
            return False
        after = prove(Case(spec))
        if any(v.is_refuted for v in after) or not self.holding <= _holding(after):
            return False
        return not self.case.errors or not any(map(_is_open, after))

    def _may_hold(self, mended: Case) -> bool:
        """A quick look at the terms, without worlds and limits."""
        return all(
            vanishes(mended, new) is not False
            for old, new in zip(self.case.parts, mended.parts, strict=False)
            if old.subject == self.first.subject
        )


def _of(kinds: Sequence[Repair], where: Sequence[Site]) -> Iterator[tuple[Site, Edit]]:
    for repair in kinds:
        for site in where:
            for node in site.nodes:
                yield from ((site, edit) for edit in repair.edits(node, site))


def trial_of(case: Case, found: Sequence[Verdict]) -> Trial | None:
    """The trial of what these verdicts refute; None where they refute nothing."""
    first = next((v for v in found if v.is_refuted), None)
    return first and Trial(case, first, _holding(found))


def _holding(found: Sequence[Verdict]) -> Counter[str]:
    """How many verdicts of each obligation say that something holds."""
    return Counter(v.obligation for v in found if v.kind not in (UNDECIDED, REFUTED))


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
