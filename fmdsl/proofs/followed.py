"""A target that the net makes itself goes where the net goes.

A net that learns from its own value at another time, `k u(z, t) = k' u(z', s) + …` with the right
side stopped, is solved round by round. An error of one round comes back in the next, carried along
the trajectory and `k' / k` times as large: where that is less than one for all draws the rounds
contract, and what is known at the boundary is carried outward; where it is more than one they
expand, and nothing that is known is ever read. A preconditioning that is hard at its boundary
has a factor k that rises from zero there: `k' < k` says that the target is read nearer to it.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.plain import is_single


@dataclass(frozen=True, slots=True)
class Followed:
    """What learns and what it learns from, and `k (k - k')`: negative where rounds expand."""

    learner: Jet
    target: Jet
    factor: Scalar

    @property
    def words(self) -> str:
        """Where the target is read: at the clocks in which the two calls differ."""
        pairs = zip(self.target.times, self.learner.times, strict=True)
        there, here = zip(*(p for p in pairs if p[0] != p[1]), strict=True)
        return f"its target, read at {_told(there)} and not at {_told(here)},"


def _told(clocks: tuple[Scalar, ...]) -> str:
    return ", ".join(map(al.text, clocks))


def followed(case: Case, part: Part) -> Followed | None:
    """How a term's target follows its net, where every term of the net has such a target."""
    mine = {o.weights for o in part.learners}
    others = [p for p in case.parts if mine & {o.weights for o in p.learners}]
    found = _found(part)
    return found if found and all(map(_found, others)) else None


def _found(part: Part) -> Followed | None:
    try:
        varied = part.varied
    except STOPS:
        return None
    if not (part.piece.is_regression and len(varied.pairs) == 1 and is_single(varied.varied)):
        return None
    ((jet, factor),) = varied.varied.terms.items()
    assert isinstance(jet, Jet) and jet.fn.of is not None
    net = jet.fn.of
    learner = Jet(net, jet.places, jet.times, jet.labels, jet.orders, jet.dirs)
    own = varied.residual.terms.get(learner, al.ZERO)
    calls = [j for j in al.jets(varied.residual) if j.fn == net and j != learner]
    if own != factor or len(calls) != 1 or not _is_value(calls[0], learner):
        return None
    back = varied.residual.terms.get(calls[0], al.ZERO)
    return Followed(learner, calls[0], factor * (own + back) * part.piece.sign)


def _is_value(target: Jet, learner: Jet) -> bool:
    """Whether it is the net's own value under the same labels, at other times and a given place."""
    plain = not target.dirs and not any(target.orders) and target.labels == learner.labels
    given = all(learner.fn not in place.deps for place in target.places)
    return plain and given and target.times != learner.times
