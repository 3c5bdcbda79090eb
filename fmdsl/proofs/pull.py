"""Which way a term's gradient moves a net that is off its truth by a constant.

A regression's gradient is `s * w * dot(R, δR)`. Where R holds `k u` and its variation `c δu` at one
place, a net moved by a constant feels the pull `s w c k`: positive leads back, negative away.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from fractions import Fraction
from math import isfinite, prod

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol
from fmdsl.proofs.case import Part
from fmdsl.semantics.intervals import EVERYTHING, Interval
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.semantics.routes import number_at
from fmdsl.terms.level import Poly
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
    """What it is at draws taken at random; nothing where a symbol has no known value."""
    facts, rng = ranges(part.spec), random.Random(0)
    found = 0
    for _ in range(_TRIES):
        drawn = _drawn(facts, rng)
        if found == _WANTED or drawn is None:
            continue
        given = {s: _value(part, facts, rng, s, drawn) for s in form.deps if isinstance(s, Symbol)}
        if None in given.values():
            return
        world = al.World()
        world.given = given
        try:
            yield float(world.scalar(form))
        except (ArithmeticError, ValueError, TypeError):
            continue
        found += 1


def _drawn(facts: Ranges, rng: random.Random) -> dict[str, float] | None:
    """One value of every draw and setting; None where a tie between them does not hold."""
    known = {str(n): v for n, v in facts.known.items() if not str(n).startswith("gap of ")}
    values = {n: _draw(rng, v) for n, v in known.items()}
    for name, by in facts.ties.items():
        if str(name) in values and not _holds(by, values, values[str(name)]):
            return None
    return values


def _holds(by: Poly, values: dict[str, float], value: float) -> bool:
    """Whether what a tie leaves for its gap has the sign of the gap."""
    left, sign = value, 0
    for monomial, c in by.terms:
        keys = [str(k) for k, _ in monomial]
        if all(k in values for k in keys):
            left -= float(c) * prod(values[str(k)] ** n for k, n in monomial)
        else:
            sign = 1 if c > 0 else -1
    return left * sign > 0 if sign else True


def _value(
    part: Part, facts: Ranges, rng: random.Random, symbol: Symbol, drawn: dict[str, float]
) -> Fraction | None:
    """A draw or setting, a let of such, or a weight that was left closed."""
    name = symbol.name
    let = part.spec.lets.get(name)
    value = drawn.get(name) if let is None else number_at(let, drawn)
    if value is None:
        term = part.varied.frame.read.opaque.get(name, let)
        span = EVERYTHING if term is None else facts.of(term)
        value = None if span == EVERYTHING else _draw(rng, span)
    return None if value is None else Fraction(value)


def _draw(rng: random.Random, span: Interval) -> float:
    low, high = span
    if not isfinite(low):
        low = (high if isfinite(high) else 0) - 8
    high = high if isfinite(high) else low + 8
    return low + (high - low) * rng.uniform(0.001, 0.999)
