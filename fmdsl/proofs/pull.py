"""Which way a term's gradient moves a net that is off its truth by a constant.

A regression's gradient is `s * w * dot(R, δR)`. Where R holds `k u` and its variation `c δu` at one
place, a net moved by a constant feels the pull `s w c k`: positive leads back, negative away.
"""

from __future__ import annotations

from collections.abc import Iterator
from math import prod

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar
from fmdsl.proofs.case import Part
from fmdsl.proofs.drawn import Seen, one_sign, sign_as_written, values_where_drawn
from fmdsl.semantics.intervals import Interval
from fmdsl.semantics.ranges import ranges
from fmdsl.terms.term import Term, number


def pull(part: Part) -> Scalar | None:
    """`s c k`, the weights left out; None where the net's own value is not in the residual."""
    varied = part.varied
    if not varied.pairs or not _grows(part.piece.bend):
        return None
    left, right = varied.pairs[0]
    for jet, factor in right.terms.items():
        if isinstance(jet, Jet) and jet.fn.of is not None and not jet.dirs and not any(jet.orders):
            called = Jet(jet.fn.of, jet.places, jet.times, jet.labels, jet.orders, jet.dirs)
            own = left.terms.get(called, al.ZERO)
            return None if own.is_zero else own * factor * part.piece.sign
    return None


def _grows(bend: Term | None) -> bool:
    """Whether the function that a core goes through is known to grow with it."""
    if bend is None or bend.op in ("huber", "norm", "log", "sqrt", "atan", "tanh"):
        return True
    power = number(bend.args[1]) if bend.op == "^" else None
    return power is not None and power > 0


def weight_sign(part: Part) -> int | None:
    """The sign of the weights for certain: 0 where one of them is always zero."""
    facts = ranges(part.spec)
    signs = [_sign(part, w, facts.of(w)) for w in part.piece.weights]
    if 0 in signs:
        return 0
    return None if None in signs else prod(s for s in signs if s is not None)


def sign_of(part: Part, form: Scalar) -> int | None:
    """The sign that a number has wherever the draws can be, zeros aside; None where several."""
    if form.is_number:
        return (form.number > 0) - (form.number < 0)
    return one_sign(s.sign for s in _seen(part, form))


def signs(part: Part, form: Scalar) -> dict[int, Seen]:
    """The signs that the weights times a number take where the draws can be, each as it was seen.

    Empty if unknown. Zero is no sign: rows that count for nothing lead nowhere.
    """
    opaque = part.varied.frame.read.opaque
    seen = values_where_drawn(part.spec, form, opaque, part.piece.weights)
    return {s.sign: s for s in seen if s.sign}


def world_of(part: Part, form: Scalar) -> al.Counterexample | None:
    """A draw at which a number is not zero; None where there is none."""
    return next((s.world for s in _seen(part, form) if s.sign), None)


def _seen(part: Part, form: Scalar) -> Iterator[Seen]:
    return values_where_drawn(part.spec, form, part.varied.frame.read.opaque)


def _sign(part: Part, weight: Term, values: Interval) -> int | None:
    low, high = values
    if low == high == 0:
        return 0
    return 1 if low >= 0 else -1 if high <= 0 else sign_as_written(part.spec, weight)
