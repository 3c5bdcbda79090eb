"""Which values a number can take: intervals of scalar terms, and the sign of a difference.

Every answer is a hull: no value lies outside it, though not every value inside is taken.
Draws have the supports of their laws; where one draw bounds another (`ordered`,
`uniform(0, t)`), the tie is used, so that `t - r` is known not to be negative.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field, replace

from fmdsl.ops import LAWS
from fmdsl.semantics.elaborated import Drawn, Elaborated, LawTerm
from fmdsl.semantics.extents import extent
from fmdsl.semantics.intervals import EVERYTHING, POSITIVE, Interval, meet, point, power, times
from fmdsl.terms.build import Opaque, poly, subtract
from fmdsl.terms.level import ZERO, Inverse, Poly
from fmdsl.terms.term import Term


@dataclass(frozen=True, slots=True)
class Ranges:
    """What is known of the quantities of an expression, by their names.

    `ties` rewrites a quantity by another and a gap that is not negative; `lumps` are the
    gaps and quantities that take single values with a probability.
    """

    known: Mapping[Hashable, Interval] = field(default_factory=dict[Hashable, Interval])
    ties: Mapping[Hashable, Poly] = field(default_factory=dict[Hashable, Poly])
    lumps: frozenset[Hashable] = frozenset()
    _found: dict[Poly, Interval] = field(
        default_factory=dict[Poly, Interval], init=False, repr=False, compare=False
    )

    def of(self, term: Term) -> Interval:
        """The interval in which the values of a scalar term, or the entries of a vector, lie."""
        value = poly(term)
        return extent(term.bare, self.of) if value is None else self.of_poly(value)

    def of_poly(self, value: Poly) -> Interval:
        """The interval of a normal form, with and without the ties."""
        if value not in self._found:
            tied = self._tied(value)
            found = self._sum(value)
            self._found[value] = found if tied == value else meet(found, self._sum(tied))
        return self._found[value]

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
        if isinstance(key, Opaque) and key.term.bare.op == "abs":
            inner = poly(key.term.bare.args[0])
            return inner is None or 0 in self.signs(inner)
        return key in self.lumps or not isinstance(key, str) or key not in self.known

    def _tied(self, value: Poly) -> Poly:
        for key, by in self.ties.items():
            if key in value.atoms:
                value = _replaced(value, key, by)
        return _extremes_apart(value)

    def _sum(self, value: Poly) -> Interval:
        total: Interval = (0.0, 0.0)
        for monomial, c in value.terms:
            part: Interval = point(c)
            for key, n in monomial:
                part = times(part, power(self._atom(key), n))
            total = (total[0] + part[0], total[1] + part[1])
        return total

    def _atom(self, key: Hashable) -> Interval:
        if isinstance(key, Inverse):
            return power(self.of_poly(key.of), -1)
        if isinstance(key, Opaque):
            return extent(key.term.bare, self.of)
        return self.known.get(key, EVERYTHING)


def ranges(spec: Elaborated) -> Ranges:
    """What the draws and settings of a spec tell."""
    found = of_settings(spec)
    for drawn in spec.draws:
        found = _with_draw(found, drawn)
    return found


def of_settings(spec: Elaborated) -> Ranges:
    """What the settings alone tell: each is one number."""
    known: dict[Hashable, Interval] = {name: point(v) for name, v in spec.settings.items()}
    return Ranges(known, {name: Poly.constant(v) for name, v in spec.settings.items()})


def with_gap(found: Ranges, name: str, below: Poly, lump: bool = False) -> Ranges:
    """`name` is `below` and a gap that is not negative."""
    gap = f"gap of {name}"
    ties = {**found.ties, name: below + Poly.atom(gap)}
    lumps = found.lumps | {gap} if lump else found.lumps
    return replace(found, known={**found.known, gap: POSITIVE}, ties=ties, lumps=lumps)


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
        equal = dict(law.keywords).get("equal", 0.0)
        if equal == 1:
            ties = {**found.ties, drawn.names[1]: Poly.atom(drawn.names[0])}
            return replace(found, ties=ties)
        return with_gap(found, drawn.names[1], Poly.atom(drawn.names[0]), equal > 0)
    if law.name in ("uniform", "truncated") and len(drawn.names) == 1 < len(law.params):
        return _tied_to_bound(found, drawn.names[0], law)
    return found


def _tied_to_bound(found: Ranges, name: str, law: LawTerm) -> Ranges:
    """`r: uniform(0, t)` is t less a gap; `t: uniform(r, 1)` is r and a gap."""
    low, high = (poly(p) if isinstance(p, Term) else None for p in law.params[-2:])
    if high is not None and high.value is None:
        gap = f"gap of {name}"
        ties = {**found.ties, name: high - Poly.atom(gap)}
        return replace(found, known={**found.known, gap: POSITIVE}, ties=ties)
    return found if low is None or low.value is not None else with_gap(found, name, low)


def _support(law: LawTerm, found: Ranges) -> Interval:
    if law.name not in LAWS or len(law.params) != len(LAWS[law.name].params):
        return EVERYTHING
    inner = (_support(p, found) if isinstance(p, LawTerm) else found.of(p) for p in law.params)
    return LAWS[law.name].support(*inner)


def _extremes_apart(value: Poly) -> Poly:
    """`max(a, b)` is `min(a, b)` and a gap, where both occur."""
    opaque = [k for k in value.atoms if isinstance(k, Opaque)]
    for top in (k for k in opaque if k.term.bare.op == "max"):
        for bottom in (k for k in opaque if k.term.bare.op == "min"):
            if set(top.term.bare.args) == set(bottom.term.bare.args):
                gap = Poly.atom(Opaque(_distance(*top.term.bare.args)))
                value = _replaced(value, top, Poly.atom(bottom) + gap)
    return value


def _distance(a: Term, b: Term) -> Term:
    return Term("abs", (subtract(a, b),))


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


def _sign(value: object) -> int:
    return (value > 0) - (value < 0)  # type: ignore[operator]
