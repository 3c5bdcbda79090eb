"""What a sampler starts from: noise, where the path has nothing else at its first time."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from fmdsl import algebra as al
from fmdsl.proofs.case import Case
from fmdsl.proofs.verdict import Verdict, refuted_or_undecided
from fmdsl.semantics.elaborated import SampleRule
from fmdsl.semantics.routes import number_at, weights_on

NAME = "sampler starts"
#: Weight of the data beside that of the noise that is let pass: 1/80 on the variance-exploding
#: path, 0.006 for DDPM.
_LITTLE = 0.1
_HELP = "start at the time at which the path is noise, or let the path end there"


def starts(case: Case, rule: SampleRule) -> Iterator[Verdict]:
    """A refutation where the state at the first time holds data, which no sampler has."""
    first = number_at(rule.times[0], {}) if rule.times else None
    if first is None:
        return
    route = case.spec.routes[0]
    settings = {name: float(value) for name, value in case.spec.settings.items()}
    weights = weights_on(route, {**settings, route.clock: first})
    if weights is None or abs(weights[0]) <= _LITTLE * abs(weights[1]):
        return
    reason = f"at its first time, {first:g}, the state holds data of weight {weights[0]:.2g}"
    form = al.scalar(Fraction(weights[0]))
    span = rule.times_span or rule.span
    yield refuted_or_undecided(NAME, rule.kind, form, reason, help=_HELP, span=span)
