"""Which way a term's gradient moves a net that is off its truth by a constant.

A regression's gradient is `s * w * dot(R, δR)`. Where R holds `k u` and its variation `c δu` at one
place, a net moved by a constant feels the pull `s w c k`: positive leads back, negative away.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, prod
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol
from fmdsl.proofs.case import Part
from fmdsl.semantics.intervals import EVERYTHING, Interval
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.terms.term import Term, number

_TRIES, _WANTED = 400, 12


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
    signs = [_sign(facts.of(w)) for w in part.piece.weights]
    if 0 in signs:
        return 0
    return None if None in signs else prod(s for s in signs if s is not None)


def sign_of(part: Part, form: Scalar) -> int | None:
    """The sign that a number has wherever the draws can be; None where it has several."""
    if form.is_number:
        return (form.number > 0) - (form.number < 0)
    found = {(v > 0) - (v < 0) for v in _values(part, form)}
    return found.pop() if len(found) == 1 else None


def _sign(values: Interval) -> int | None:
    low, high = values
    if low == high == 0:
        return 0
    return 1 if low >= 0 else -1 if high <= 0 else None


def _values(part: Part, form: Scalar) -> Iterator[float]:
    """What it is at draws taken at random."""
    facts, rng = ranges(part.spec), random.Random(0)
    symbols = [s for s in form.deps if isinstance(s, Symbol)]
    spans = {s: _span(part, facts, s) for s in symbols}
    if None in spans.values():
        return
    found = 0
    for _ in range(_TRIES):
        given: dict[Any, Any] = {s: _draw(rng, span) for s, span in spans.items() if span}
        if found == _WANTED or not _is_drawn(facts, given):
            continue
        world = al.World()
        world.given = given
        try:
            yield float(world.scalar(form))
        except (ArithmeticError, ValueError, TypeError):
            continue
        found += 1


def _span(part: Part, facts: Ranges, symbol: Symbol) -> Interval | None:
    """Where a symbol lies: a draw, a let, a setting, or a weight that was left closed."""
    name = symbol.name
    term = part.varied.frame.read.opaque.get(name) or part.spec.lets.get(name)
    known = facts.of(term) if term is not None else facts.known.get(name, EVERYTHING)
    return None if known == EVERYTHING else known


def _draw(rng: random.Random, span: Interval) -> Fraction:
    low, high = span
    if not isfinite(low):
        low = (high if isfinite(high) else 0) - 8
    if not isfinite(high):
        high = low + 8
    return Fraction(low) + Fraction(high - low) * Fraction(rng.randint(1, 999), 1000)


def _is_drawn(facts: Ranges, given: dict[Any, Any]) -> bool:
    """Whether the ties between draws hold: `r <= t` where they are ordered."""
    values = {s.name: v for s, v in given.items()}
    for name, by in facts.ties.items():
        gap, below = by.atoms - values.keys(), by.atoms & values.keys()
        if name in values and gap and below and not _is_tied(by, values, values[str(name)]):
            return False
    return True


def _is_tied(by: Any, values: dict[str, Any], value: Any) -> bool:
    """The gap that is left, with the sign that it has in the tie."""
    left, sign = value, 1
    for monomial, c in by.terms:
        keys = [k for k, _ in monomial]
        if all(k in values for k in keys):
            left -= c * prod(values[k] ** n for k, n in monomial)
        else:
            sign = 1 if c > 0 else -1
    return left * sign > 0
