"""Whether a gradient vanishes at the truth, and no more: a quick look, for many edited specs."""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.branches import branches
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.plain import is_plain
from fmdsl.proofs.shares import next_to
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import expected


def vanishes(case: Case, part: Part) -> bool | None:
    """Whether the gradient is zero in expectation once schedules have ended, and no more than that.

    None where no rule takes the expectation: a limit may then decide.
    """
    try:
        varied, truth = part.ended, case.truth_for(part)
        left = put_truth(varied.residual, truth)
        if varied.pairs and (left.is_zero or is_plain(varied.varied)):
            return _is_zero(left) or _is_short_of_it(part, truth)
        return _is_zero(varied.at(truth))
    except (al.Undecided, al.Pole):
        return None
    except STOPS:
        return False


def _is_zero(form: Any) -> bool:
    """For every draw, in expectation, or so where the bounds in it do not act."""
    sides = (branch for branch, _ in branches(form))
    return form.is_zero or expected(form).is_zero or any(expected(b).is_zero for b in sides)


def _is_short_of_it(part: Part, truth: dict[Any, Any]) -> bool:
    """Whether it would be, had a share come to 0 or 1 next to which it ends."""
    return bool(next_to(part.spec, expected(put_truth(part.varied.residual, truth)).value))
