"""The sampler's result is not what its name says

`step(z, t, r)` takes the state z at time t and answers with a state at the next time r: a point
at level r. Levels add: `z - (t - r) * u(z, r, t)` has moved by -(t - r) and is at r. A sign the
wrong way round, a gap left out, or the data's estimate in place of the next state show as
another level. `velocity(z, t)` answers with a velocity, dz/dt with time running to the noise.

Wrong:

    sample:
      step(z, t, r): z + (t - r) * u(z, r, t)
      times: 1, 0

Right:

    sample:
      step(z, t, r): z - (t - r) * u(z, r, t)
      times: 1, 0
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import inside, phrase
from fmdsl.semantics.calls import differs
from fmdsl.semantics.elaborated import Elaborated, SampleRule
from fmdsl.semantics.gradient import is_whole
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.level import ONE, Poly
from fmdsl.terms.types import Type, point, tangent


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    rule = spec.sampler
    wanted = _wanted(rule) if rule is not None and is_whole(rule.body) else None
    if rule is None or wanted is None:
        return
    actual = rule.body.type
    if not (is_another(actual, wanted) or actual.is_scalar):
        return
    given = phrase(spec, actual)
    labels = (Label(rule.body.span or rule.span, f"this is {given}"), *inside(spec, rule.body))
    head = f"{rule.kind}({', '.join(rule.params)})"
    message = f"`{head}` is not {phrase(spec, wanted)}"
    yield Diagnostic("E0701", message, labels, _notes(rule), _remedies(rule, actual))


def is_another(actual: Type, wanted: Type) -> bool:
    """Whether the two differ whatever the functions in them are worth.

    `t / max(t, 0.05)` is 1 but for a floor: of a function nothing is claimed.
    """
    sums = (actual.mass, actual.moment, wanted.mass, wanted.moment)
    plain = all(isinstance(a, str) for p in sums if p is not None for a in p.atoms)
    return plain and differs(actual, wanted)


def _wanted(rule: SampleRule) -> Type | None:
    """What the rule must answer with; None where its arguments are not the right number."""
    match rule.kind, len(rule.params):
        case "step", 3:
            return point(Poly.atom(rule.params[2]))
        case "velocity", 2:
            return tangent(ONE)
        case _:
            return None


def _notes(rule: SampleRule) -> tuple[str, ...]:
    if rule.kind == "velocity":
        return ()
    state, here, there = rule.params
    return (f"`{state}` is at level {here}, and the step must lead to level {there}",)


def _remedies(rule: SampleRule, actual: Type) -> tuple[str, ...]:
    if rule.kind == "velocity":
        return ("a velocity is dz/dt, with noise at the end of time and data at its beginning",)
    state, here, there = rule.params
    if actual.level is not None and actual.level.value == 0:
        remedy = f"bring the clean estimate to the next level: `path(…, fresh, {there})`"
    else:
        remedy = f"a velocity v moves by `{state} - ({here} - {there}) * v`"
    return (remedy,)


CHECK = Check("E0701", _run)
