"""The sign that a number has wherever the draws of a spec can be, seen at draws taken at random."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from math import isfinite, prod

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Symbol
from fmdsl.semantics.elaborated import Elaborated, LawTerm
from fmdsl.semantics.intervals import EVERYTHING, Interval, meet
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.semantics.routes import number_at
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term

_TRIES, _WANTED = 400, 12
#: Laws whose last two parameters are the ends of their support.
_BETWEEN = frozenset({"uniform", "integer", "truncated"})


@dataclass(frozen=True, slots=True)
class Seen:
    """The value of a number at one draw: of every symbol in it, what it was."""

    value: float
    given: Mapping[Symbol, Fraction]

    @property
    def sign(self) -> int:
        return (self.value > 0) - (self.value < 0)

    @property
    def world(self) -> al.Counterexample:
        """The draw as what refutes: `with α = 1.2 and σ = 1.06 it is …`."""
        told = [f"{s.name} = {float(v):.3g}" for s, v in self.given.items() if s.name[0] != "⟨"]
        return al.Counterexample(0, 1, self.value, " and ".join(told))


def sign_where_drawn(spec: Elaborated, form: Scalar, opaque: Mapping[str, Term]) -> int | None:
    """-1, 0 or 1; None where it has several, or holds what no draw tells.

    `opaque` are the weights that were left closed, by their names.
    """
    if form.is_number:
        return (form.number > 0) - (form.number < 0)
    found = {s.sign for s in values_where_drawn(spec, form, opaque)}
    return found.pop() if len(found) == 1 else None


def sign_as_written(spec: Elaborated, term: Term) -> int | None:
    """As `sign_where_drawn`, of a term that is read as it stands; zeros are let pass."""
    facts, rng = ranges(spec), random.Random(0)
    drawn = (_drawn(spec, facts, rng) for _ in range(_TRIES))
    values = [number_at(term, d) for d in islice(filter(None, drawn), _WANTED)]
    return None if None in values else one_sign((v > 0) - (v < 0) for v in values if v is not None)


def one_sign(signs: Iterable[int]) -> int | None:
    """The only one among signs, zeros aside; None where there are several."""
    found = set(signs)
    found = found - {0} or found
    return found.pop() if len(found) == 1 else None


def values_where_drawn(
    spec: Elaborated, form: Scalar, opaque: Mapping[str, Term], weights: Sequence[Term] = ()
) -> Iterator[Seen]:
    """What it is, times weights, at draws taken at random; nothing where a value is not known."""
    facts, rng = ranges(spec), random.Random(0)
    found = 0
    for _ in range(_TRIES):
        drawn = _drawn(spec, facts, rng)
        if found == _WANTED or drawn is None:
            continue
        weight = _weight_at(weights, facts, drawn)
        given = {s: _value(spec, facts, rng, opaque, s.name, drawn) for s in al.symbols(form)}
        known = {s: v for s, v in given.items() if v is not None}
        if weight is None or len(known) < len(given):
            return
        world = al.World()
        world.given = dict(known)
        try:
            yield Seen(float(world.scalar(form)) * weight, known)
        except (ArithmeticError, ValueError, TypeError):
            continue
        found += 1


def _weight_at(weights: Sequence[Term], facts: Ranges, drawn: dict[str, float]) -> float | None:
    """The product of weights at a draw, with the sign alone of one that has no value there."""
    found = [_value_or_sign(w, facts, drawn) for w in weights]
    return None if None in found else prod(v for v in found if v is not None)


def _value_or_sign(weight: Term, facts: Ranges, drawn: dict[str, float]) -> float | None:
    value = number_at(weight, drawn)
    if value is not None:
        return value
    low, high = facts.of(weight)
    return 1 if low >= 0 else -1 if high <= 0 else None


def _drawn(spec: Elaborated, facts: Ranges, rng: random.Random) -> dict[str, float] | None:
    """One value of every draw and setting; None where a tie between them does not hold."""
    values = {n: float(v) for n, v in spec.settings.items()}
    values["progress"] = rng.random()
    for drawn in spec.draws:
        for name in drawn.names:
            support = _support(drawn.law, values, facts.known.get(name, EVERYTHING))
            values[name] = _draw(rng, support)
    for name, by in facts.ties.items():
        if str(name) in values and not _holds(by, values, values[str(name)]):
            return None
    return values


def _support(law: LawTerm, values: dict[str, float], support: Interval) -> Interval:
    """The support where the earlier draws have these values, within that of all."""
    if law.name not in _BETWEEN:
        return support
    ends = [number_at(p, values) for p in law.params[-2:] if not isinstance(p, LawTerm)]
    low, high = ends if len(ends) == 2 else (None, None)
    return support if low is None or high is None else meet(support, (low, high))


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
    spec: Elaborated,
    facts: Ranges,
    rng: random.Random,
    opaque: Mapping[str, Term],
    name: str,
    drawn: dict[str, float],
) -> Fraction | None:
    """A draw or setting, a let of such, or a weight that was left closed."""
    let, closed = spec.lets.get(name), opaque.get(name)
    value = drawn.get(name) if let is None or closed else number_at(let, drawn)
    term = closed or let
    if value is None and term is not None:
        span = facts.of(term)
        value = None if span == EVERYTHING else _draw(rng, span)
    return None if value is None else Fraction(value)


def _draw(rng: random.Random, span: Interval) -> float:
    low, high = span
    if not isfinite(low):
        low = (high if isfinite(high) else 0) - 8
    high = high if isfinite(high) else low + 8
    return low + (high - low) * rng.uniform(0.001, 0.999)
