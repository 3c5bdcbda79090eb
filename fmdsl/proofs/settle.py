"""Whether the gradient of a term vanishes at the truth: the derivation, line by line."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol, Vector
from fmdsl.proofs.averaged import averaged
from fmdsl.proofs.branches import branches
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.diagonal import off_the_diagonal
from fmdsl.proofs.excuse import excuse, unseen
from fmdsl.proofs.gaussian import refuted_by_gaussian
from fmdsl.proofs.independent import between
from fmdsl.proofs.opening import opening, said
from fmdsl.proofs.plain import is_plain
from fmdsl.proofs.shares import next_to, refuted
from fmdsl.proofs.stepped import SIDE, Way, undecided
from fmdsl.proofs.steps import limit_of
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import Varied, expected
from fmdsl.proofs.verdict import REFUTED, UNDECIDED, Form, Step, counterexample, short
from fmdsl.semantics.elaborated import Elaborated

#: Zero for every draw; zero on average given z; not zero; no rule decides.
POINTWISE, MEAN, NOT_ZERO, OPEN, LIMIT = "pointwise", "mean", "not zero", "open", "limit"


@dataclass(frozen=True, slots=True)
class Settled:
    """What is known of a gradient at the truth. `conditions` are what had to be assumed."""

    kind: str
    reason: str = ""
    steps: tuple[Step, ...] = ()
    residual: Form | None = None
    counterexample: al.Counterexample | None = None
    conditions: tuple[str, ...] = ()
    help: str = ""

    @property
    def verdict(self) -> str:
        """The kind of verdict where it does not vanish."""
        return REFUTED if self.counterexample is not None else UNDECIDED


def settle(case: Case, part: Part, equal_laws: bool = False) -> Settled:
    """The gradient of a term with every net at its truth."""
    found = _found(case, part, equal_laws)
    branching = "" if found.residual is None else undecided(found.residual)
    return replace(found, kind=OPEN, reason=branching) if branching else found


def _found(case: Case, part: Part, equal_laws: bool) -> Settled:
    truth = case.truth_for(part)
    after = case.equal_laws if equal_laws else {}
    try:
        found = _settle(part.spec, part.varied, truth, after)
        if found.kind in (NOT_ZERO, OPEN) and _has_progress(part, found):
            late = _ended(part, truth, after)
            if late is not None:
                return late
        if found.kind in (NOT_ZERO, OPEN) and not equal_laws:
            return _in_a_limit(part, truth, found, case.in_haste)
        return found
    except (al.Undecided, al.Pole) as stop:
        return _in_a_limit(part, truth, Settled(OPEN, words(stop)), case.in_haste)
    except STOPS as stop:
        return Settled(OPEN, words(stop))


def _in_a_limit(part: Part, truth: dict[Any, Any], found: Settled, in_haste: bool) -> Settled:
    """What did not vanish may vanish as a step does."""
    limit = limit_of(part, truth)
    if limit is None:
        return found if in_haste else _for_gaussian_data(part, truth, found)
    step = Step(f"As {limit.words} the first order at which it does not vanish is", limit.left)
    return Settled(LIMIT, limit.reason, (*found.steps, step))


def _for_gaussian_data(part: Part, truth: dict[Any, Any], found: Settled) -> Settled:
    """What no rule decides for every law may be refuted by one law."""
    refuted = None if found.counterexample is not None else refuted_by_gaussian(part, truth)
    if refuted is None:
        return found
    left, world, alone = refuted
    step = Step(f"{_GAUSSIAN}, there is left", left)
    reason = f"the truth is not stationary: for Gaussian data a residual is left{alone}"
    return Settled(NOT_ZERO, reason, (*found.steps, step), left, world)


_GAUSSIAN = "For Gaussian data of mean m and deviation ρ, in expectation given z"


def _ended(part: Part, truth: dict[Any, Any], after: dict[Any, Any]) -> Settled | None:
    """The same when the schedules in `progress` have ended, where it vanishes then."""
    try:
        late = _settle(part.spec, part.ended, truth, after)
    except STOPS:
        return None
    if late.kind not in (POINTWISE, MEAN):
        return None
    return replace(late, conditions=("the schedules in progress have ended",))


def _has_progress(part: Part, found: Settled) -> bool:
    form = found.residual
    names = {"progress", *part.spec.lets}
    symbols = form.deps if form is not None else frozenset[Any]()
    return any(isinstance(s, Symbol) and s.kind == "setting" and s.name in names for s in symbols)


def words(stop: Exception) -> str:
    """Why a computation stopped, in a line."""
    if isinstance(stop, al.Undecided):
        term = stop.term
        told = al.text(term) if isinstance(term, (Scalar, Vector)) else str(term)
        return f"{stop.reason}: {short(told)}"
    return short(str(stop))


def _settle(
    spec: Elaborated, varied: Varied, truth: dict[Any, Any], after: dict[Any, Any]
) -> Settled:
    steps = [*opening(varied), *said(truth, varied)]
    gradient = put_truth(varied.at(truth), after)
    if gradient.is_zero:
        steps.append(Step("With the truth put in, the gradient is zero for every draw.", gradient))
        return Settled(POINTWISE, steps=tuple(steps))
    left = _at(varied, truth, after)
    steps.append(Step("With the truth put in, what is left is", left))
    mean = expected(gradient)
    if mean.is_zero:
        words = "Its expectation given z is zero, since E[ξ given z] = 0."
        return Settled(MEAN, steps=(*steps, Step(words, mean.value)))
    for branch, condition in branches(gradient):
        if expected(branch).is_zero:
            step = Step(f"Where {condition}, its expectation given z is zero.")
            return Settled(MEAN, steps=(*steps, step), conditions=(condition,))
    return _left_over(spec, varied, left, mean, tuple(steps), truth.get(SIDE, ()))


def _at(varied: Varied, truth: dict[Any, Any], after: dict[Any, Any]) -> Form:
    if len(varied.pairs) == 1:
        return put_truth(put_truth(varied.residual, truth), after)
    return put_truth(varied.at(truth), after)


def _left_over(
    spec: Elaborated, varied: Varied, left: Form, mean: al.Expected[Any],
    steps: tuple[Step, ...], ways: tuple[Way, ...],
) -> Settled:  # fmt: skip
    """The gradient is not zero in expectation: a refutation only where nothing can cancel."""
    form: Form = mean.value
    if varied.pairs and isinstance(left, Vector) and is_plain(varied.varied):
        try:
            form = expected(left).value
        except al.Undecided:
            form = mean.value
    if mean.moments and mean.value.is_zero:
        form = mean.moments[min(mean.moments)]
    steps = (*steps, Step("Its expectation given z is not zero:", form))
    gap = between(varied, left) if isinstance(left, Vector) else None
    apart = None if gap is None or gap.is_zero else counterexample(gap)
    if gap is not None and apart is not None:
        reason = (
            "the truth is not stationary: what the net does not see is independent of what it sees"
        )
        return Settled(
            NOT_ZERO, reason, (*steps, Step("At two values it is apart by", gap)), gap, apart
        )
    why = excuse(varied, form, bool(mean.moments))
    decided = varied.frame.draws and is_plain(varied.varied)
    hidden = unseen(varied, form) if decided else []
    one_law = bool(hidden) and not mean.moments
    world = averaged(spec, form, hidden) if one_law and isinstance(form, Vector) else None
    if world is not None:
        told = f"averaged over {hidden[0].name}"
        reason = f"the truth is not stationary: {told}, a residual is left"
        return Settled(NOT_ZERO, reason, steps, form, world)
    if why:
        reason = f"the gradient does not vanish pointwise, and {why}"
        return Settled(OPEN, reason, steps, form)
    share = next_to(spec, form)
    if share:
        return Settled(MEAN, steps=steps, conditions=(share,))
    found = off_the_diagonal(form) or refuted(spec, form, ways)
    left_over = "a residual is left" if found else f"{short(al.text(form))} is left"
    reason = f"the truth is not stationary: {left_over}"
    return Settled(NOT_ZERO if found else OPEN, reason, steps, form, found)
