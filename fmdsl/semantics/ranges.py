"""Which values a number can take: intervals of scalar terms, and the sign of a difference.

Every answer is a hull: no value lies outside it, though not every value inside is taken.
Draws have the supports of their laws; where one draw bounds another (`ordered`,
`uniform(0, t)`), the tie is used, so that `t - r` is known not to be negative.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, field, replace

from fmdsl.ops import LAWS
from fmdsl.ops.law import Interval
from fmdsl.semantics.elaborated import Drawn, Elaborated, LawTerm
from fmdsl.terms.build import poly
from fmdsl.terms.level import ZERO, Inverse, Poly
from fmdsl.terms.term import Term

EVERYTHING: Interval = (-math.inf, math.inf)
_POSITIVE: Interval = (0.0, math.inf)
#: Operators that are never negative, whatever they are given.
_NOT_NEGATIVE = frozenset({"abs", "sse", "mse", "norm", "huber", "sqrt", "exp", "softplus", "relu"})


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is known of the quantities of an expression, by their names.

    `ties` rewrites a quantity by another and a gap that is not negative; `lumps` are the
    gaps and quantities that take single values with a probability.
    """

    known: Mapping[Hashable, Interval] = field(default_factory=dict[Hashable, Interval])
    ties: Mapping[Hashable, Poly] = field(default_factory=dict[Hashable, Poly])
    lumps: frozenset[Hashable] = frozenset()

    def of(self, term: Term) -> Interval:
        """The interval in which the values of a scalar term, or the entries of a vector, lie."""
        value = poly(term)
        return _structural(term.bare, self.of) if value is None else self.of_poly(value)

    def of_poly(self, value: Poly) -> Interval:
        """The interval of a normal form, with and without the ties."""
        return _meet(self._sum(value), self._sum(self._tied(value)))

    def signs(self, value: Poly) -> frozenset[int]:
        """Which of -1, 0, 1 the sign can be; 0 only where it has a probability."""
        tied = self._tied(value)
        if tied.value is not None:
            return frozenset({_sign(tied.value)})
        low, high = self.of_poly(value)
        found = {s for s, there in ((-1, low < 0), (1, high > 0)) if there}
        if low <= 0 <= high and any(map(self._is_lump, tied.atoms)):
            found.add(0)
        return frozenset(found or {0})

    def is_positive(self, term: Term) -> bool:
        """Whether it is certainly not negative."""
        return self.of(term)[0] >= 0

    def _is_lump(self, key: Hashable) -> bool:
        return key in self.lumps or not isinstance(key, str) or key not in self.known

    def _tied(self, value: Poly) -> Poly:
        for key, by in self.ties.items():
            value = _replaced(value, key, by)
        return _extremes_apart(value)

    def _sum(self, value: Poly) -> Interval:
        total: Interval = (0.0, 0.0)
        for monomial, c in value.terms:
            part: Interval = (float(c), float(c))
            for key, n in monomial:
                part = _times(part, _power(self._atom(key), n))
            total = (total[0] + part[0], total[1] + part[1])
        return total

    def _atom(self, key: Hashable) -> Interval:
        if isinstance(key, Inverse):
            return _power(self.of_poly(key.of), -1)
        if isinstance(key, Term):
            return _structural(key.bare, self.of)
        return self.known.get(key, EVERYTHING)


def ranges(spec: Elaborated) -> Ranges:
    """What the draws and settings of a spec tell."""
    found = Ranges({name: (float(v), float(v)) for name, v in spec.settings.items()})
    for drawn in spec.draws:
        found = _with_draw(found, drawn)
    return found


def with_gap(found: Ranges, name: str, below: Poly, lump: bool = False) -> Ranges:
    """`name` is `below` and a gap that is not negative."""
    gap = f"gap of {name}"
    ties = {**found.ties, name: below + Poly.atom(gap)}
    lumps = found.lumps | {gap} if lump else found.lumps
    return replace(found, known={**found.known, gap: _POSITIVE}, ties=ties, lumps=lumps)


def with_range(found: Ranges, name: str, interval: Interval) -> Ranges:
    """`name` lies in an interval."""
    return replace(found, known={**found.known, name: interval})


def _with_draw(found: Ranges, drawn: Drawn) -> Ranges:
    law = drawn.law
    support = _support(law, found)
    for name in drawn.names:
        found = with_range(found, name, support)
    if law.name == "integer":
        return replace(found, lumps=found.lumps | set(drawn.names))
    if law.name == "ordered" and len(drawn.names) == 2:
        equal = dict(law.keywords).get("equal", 0.0) > 0
        return with_gap(found, drawn.names[1], Poly.atom(drawn.names[0]), equal)
    if law.name in ("uniform", "truncated") and len(drawn.names) == 1:
        return _tied_to_bound(found, drawn.names[0], law)
    return found


def _tied_to_bound(found: Ranges, name: str, law: LawTerm) -> Ranges:
    """`r: uniform(0, t)` is t less a gap; `t: uniform(r, 1)` is r and a gap."""
    low, high = (poly(p) if isinstance(p, Term) else None for p in law.params[-2:])
    if high is not None and high.value is None:
        gap = f"gap of {name}"
        ties = {**found.ties, name: high - Poly.atom(gap)}
        return replace(found, known={**found.known, gap: _POSITIVE}, ties=ties)
    return found if low is None or low.value is not None else with_gap(found, name, low)


def _support(law: LawTerm, found: Ranges) -> Interval:
    if law.name not in LAWS or len(law.params) != len(LAWS[law.name].params):
        return EVERYTHING
    inner = (_support(p, found) if isinstance(p, LawTerm) else found.of(p) for p in law.params)
    return LAWS[law.name].support(*inner)


def _structural(term: Term, of: Callable[[Term], Interval]) -> Interval:
    """The interval of one operator from its arguments'."""
    match term.op:
        case "progress":
            return 0.0, 1.0
        case "pi":
            return math.pi, math.pi
        case "sg" | "mean" | "let":
            return of(term.args[0])
        case "sigmoid":
            return 0.0, 1.0
        case "sin" | "cos" | "tanh":
            return -1.0, 1.0
        case "exp":
            return tuple(map(_exp, of(term.args[0])))  # type: ignore[return-value]
        case "atan":
            low, high = of(term.args[0])
            return math.atan(low), math.atan(high)
        case "*" if term.args[0] == term.args[1]:
            return _POSITIVE
        case "*":
            return _times(of(term.args[0]), of(term.args[1]))
        case "^" if _is_even(term.args[1]):
            return _POSITIVE
        case "^" | "sum" if of(term.args[0])[0] >= 0:
            return _POSITIVE
        case "/":
            return _times(of(term.args[0]), _power(of(term.args[1]), -1))
        case "clip" | "min" | "max" | "where":
            return _chosen(term, of)
        case op if op in _NOT_NEGATIVE:
            return _POSITIVE
        case _:
            return EVERYTHING


def _chosen(term: Term, of: Callable[[Term], Interval]) -> Interval:
    if term.op == "clip":
        a, low, high = map(of, term.args)
        return max(a[0], low[0]), max(min(a[1], high[1]), low[0])
    a, b = map(of, term.args[-2:])
    if term.op == "min":
        return min(a[0], b[0]), min(a[1], b[1])
    if term.op == "max":
        return max(a[0], b[0]), max(a[1], b[1])
    return min(a[0], b[0]), max(a[1], b[1])


def _extremes_apart(value: Poly) -> Poly:
    """`max(a, b)` is `min(a, b)` and a gap, where both occur."""
    extremes = [k for k in value.atoms if isinstance(k, Term) and k.op in ("min", "max")]
    for top in extremes:
        for bottom in extremes:
            if (top.op, bottom.op) == ("max", "min") and set(top.args) == set(bottom.args):
                gap = Poly.atom(_distance(*top.args))
                value = _replaced(value, top, Poly.atom(bottom) + gap)
    return value


def _distance(a: Term, b: Term) -> Term:
    return Term("abs", (Term("-", (a, b)),))


def _replaced(value: Poly, key: Hashable, by: Poly) -> Poly:
    """`by` in place of an atom, where it stands in no denominator."""
    total = ZERO
    for monomial, c in value.terms:
        power = dict(monomial).get(key, 0)
        if power < 0:
            return value
        rest = Poly(frozenset({(frozenset(p for p in monomial if p[0] != key), c)}))
        for _ in range(power):
            rest = rest * by
        total += rest
    return total


def _times(a: Interval, b: Interval) -> Interval:
    products = [0.0 if 0 in (x, y) else x * y for x in a for y in b]
    return min(products), max(products)


def _power(a: Interval, n: int) -> Interval:
    if n < 0:
        if a[0] < 0 < a[1]:
            return EVERYTHING
        low = 0.0 if math.isinf(a[1]) else 1 / a[1] if a[1] else -math.inf
        high = 0.0 if math.isinf(a[0]) else 1 / a[0] if a[0] else math.inf
        return _power((low, high), -n)
    result: Interval = (1.0, 1.0)
    for _ in range(n):
        result = _times(result, a)
    return (max(result[0], 0.0), result[1]) if n % 2 == 0 else result


def _meet(a: Interval, b: Interval) -> Interval:
    low, high = max(a[0], b[0]), min(a[1], b[1])
    return (low, high) if low <= high else a


def _exp(x: float) -> float:
    return math.exp(x) if x < 700 else math.inf


def _is_even(exponent: Term) -> bool:
    value = poly(exponent)
    return value is not None and value.value is not None and value.value % 2 == 0


def _sign(value: object) -> int:
    return (value > 0) - (value < 0)  # type: ignore[operator]
