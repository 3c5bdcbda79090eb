"""The sampler's times do not lead from noise to data

`times` are the levels that a sampler visits, the noisy end first. They are numbers inside the
path's domain, each nearer to the data than the one before; the first is where the state is
noise, the last where it is data. A step or a velocity needs two at least.

Wrong:

    sample:
      step(z, t, r): z - (t - r) * u(z, r, t)
      times: 0, 0.5, 1

Right:

    sample:
      step(z, t, r): z - (t - r) * u(z, r, t)
      times: 1, 0.5, 0
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from fmdsl.checks.check import Check
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.visits import noise_is_late, times
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.syntax.source import Span

_SLACK = 0.05


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    rule = spec.sampler
    if rule is None or any(t.op == "unknown" for t in rule.times):
        return
    place = rule.times_span or rule.span
    if rule.kind != "draw" and len(rule.times) < 2:
        yield _fault(place, f"a {rule.kind} needs two times at least", "from the noise to the data")
        return
    given = times(spec)
    known = [t for t in given if t is not None]
    if len(known) < len(given):
        spans = [t.span for t, v in zip(rule.times, given, strict=True) if v is None and t.span]
        yield _fault(
            spans[0] if spans else place, "a time of the sampler is not a number", "no number"
        )
    elif rule.kind != "draw":
        yield from _out_of_domain(spec, known, place)
        yield from _out_of_order(spec, known, place)


def _out_of_domain(spec: Elaborated, given: list[float], place: Span) -> Iterator[Diagnostic]:
    low, high = spec.routes[0].domain
    outside = [t for t in given if not low - 1e-9 <= t <= high + 1e-9]
    if outside:
        text = f"{outside[0]:g} is outside [{low:g}, {high:g}]"
        yield _fault(place, "a time of the sampler is outside the path's domain", text)


def _out_of_order(spec: Elaborated, given: list[float], place: Span) -> Iterator[Diagnostic]:
    sign = -1 if noise_is_late(spec) else 1
    if any((b - a) * sign <= 0 for a, b in pairwise(given)):
        way = "fall" if sign < 0 else "rise"
        yield _fault(place, "the times do not run from noise to data", f"these must {way}")
        return
    route = spec.routes[0]
    low, high = route.domain
    for end, at, what in (
        (route.noise_end, given[0], "noise"),
        (route.data_end, given[-1], "data"),
    ):
        if end is not None and abs(at - float(end)) > _SLACK * (high - low):
            verb = "begin" if what == "noise" else "end"
            message = f"the times do not {verb} at the {what}"
            yield _fault(place, message, f"the state is {what} at {end}, not at {at:g}")


def _fault(place: Span, message: str, text: str) -> Diagnostic:
    helps = ("list the levels from the noisy end to the data, as in `times: 1, 0.5, 0`",)
    return Diagnostic("E0703", message, (Label(place, text),), helps=helps)


CHECK = Check("E0703", _run)
