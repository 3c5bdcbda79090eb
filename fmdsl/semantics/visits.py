"""At which clocks nets are called: by training, and by the sampler."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.semantics.gradient import gradient_of, net_calls
from fmdsl.semantics.intervals import EVERYTHING, Interval
from fmdsl.semantics.ranges import Ranges, of_settings, ranges, with_gap, with_range
from fmdsl.terms.build import poly
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term

#: One order for each pair of clocks: the sign of the first less the second.
Orders = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Visit:
    """The clocks of one call: the interval of each, and the orders that pairs of them can have."""

    call: Term
    clocks: tuple[str, ...]
    intervals: tuple[Interval, ...]
    orders: frozenset[Orders]

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        return tuple(combinations(self.clocks, 2))

    def says(self, orders: Orders) -> str:
        """`r < t`, in words of the net's own clocks."""
        signs = {-1: "<", 0: "=", 1: ">"}
        return ", ".join(
            f"{a} {signs[o]} {b}" for (a, b), o in zip(self.pairs, orders, strict=True)
        )


def training_visits(spec: Elaborated, output: Output) -> tuple[Visit, ...]:
    """Every call of a net output by which training moves its weights."""
    facts = ranges(spec)
    found: dict[int, Visit] = {}
    for group in spec.objectives:
        for arrival in gradient_of(spec, group).arrivals(group.loss):
            if arrival.net == output.name:
                found.setdefault(arrival.call.key, _visit(arrival.call, output, facts))
    return tuple(found.values())


def sampler_visits(spec: Elaborated) -> Iterator[Visit]:
    """Every call of a trained net in the sampler."""
    if spec.sampler is None:
        return
    facts, generic = sampler_ranges(spec), sampler_ranges(spec, generic=True)
    for call in net_calls(spec.sampler.body):
        output = spec.outputs.get(call["fn"])
        if output is not None and output.is_trained and len(call.place) == len(output.inputs):
            yield _visit(call, output, facts, generic)


def sampler_ranges(spec: Elaborated, generic: bool = False) -> Ranges:
    """The sampler's clocks, from its times: they run from the noise to the data.

    A `generic` time lies anywhere between the first and the last: what is equal only
    because a time is at its end is not equal there.
    """
    facts = of_settings(spec)
    rule = spec.sampler
    if rule is None or rule.kind == "draw" or len(rule.params) < 2:
        return facts
    low, high = spec.routes[0].domain
    inside = [None if t is None else min(max(t, low), high) for t in times(spec)]
    here, there = _spans(tuple(inside), "velocity" if generic else rule.kind)
    clock = rule.params[1]
    facts = with_range(facts, clock, here)
    if rule.kind == "step" and len(rule.params) == 3:
        following = rule.params[2]
        facts = with_range(facts, following, there)
        if noise_is_late(spec):
            return with_gap(facts, clock, Poly.atom(following))
        return with_gap(facts, following, Poly.atom(clock))
    return facts


def times(spec: Elaborated) -> tuple[float | None, ...]:
    """The sampler's times as numbers; None where one is no number."""
    facts = of_settings(spec)
    given = () if spec.sampler is None else spec.sampler.times
    intervals = (facts.of(t) for t in given)
    return tuple(low if low == high else None for low, high in intervals)


def noise_is_late(spec: Elaborated) -> bool:
    """Whether time runs up towards the noise, as it does by convention."""
    route = spec.routes[0]
    return route.noise_end is None or route.data_end is None or route.noise_end > route.data_end


def _spans(given: tuple[float | None, ...], kind: str) -> tuple[Interval, Interval]:
    """Where a step begins and where it ends; a velocity is read all the way."""
    known = [t for t in given if t is not None]
    if len(known) < 2 or len(known) < len(given):
        return EVERYTHING, EVERYTHING
    whole = (min(known), max(known))
    if kind != "step":
        return whole, whole
    return (min(known[:-1]), max(known[:-1])), (min(known[1:]), max(known[1:]))


def _visit(call: Term, output: Output, facts: Ranges, generic: Ranges | None = None) -> Visit:
    read = [(s.clock, a) for s, a in zip(output.inputs, call.place, strict=True) if s.clock]
    clocks = tuple(name for name, _ in read)
    values = [poly(a) for _, a in read]
    intervals = tuple(EVERYTHING if v is None else facts.of_poly(v) for v in values)
    signs = [_signs(a, b, generic or facts) for a, b in combinations(values, 2)]
    return Visit(call, clocks, intervals, frozenset(product(*signs)))


def _signs(a: Poly | None, b: Poly | None, facts: Ranges) -> frozenset[int]:
    if a is None or b is None:
        return frozenset({-1, 0, 1})
    return facts.signs(a - b)


def uncovered(
    visit: Visit, trained: tuple[Visit, ...], scale: float
) -> tuple[int, Interval] | None:
    """The first clock that a visit takes beyond all of training, and training's interval of it.

    Supports are open at their ends: what lies beyond by a twentieth of `scale` is let pass.
    """
    alike = [t for t in trained if t.orders & visit.orders]
    for i, (low, high) in enumerate(visit.intervals):
        least = min((t.intervals[i][0] for t in alike), default=-math.inf)
        most = max((t.intervals[i][1] for t in alike), default=math.inf)
        slack = 0.05 * (scale if math.isfinite(scale) else most - least)
        beyond = max(least - low, high - most)
        if math.isfinite(low) and math.isfinite(high) and beyond > max(slack, 1e-9):
            return i, (least, most)
    return None
