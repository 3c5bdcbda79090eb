"""How samples are made: the rule, its own names, and the levels it visits."""

from __future__ import annotations

from dataclasses import replace

from fmdsl.semantics.elaborated import SampleRule
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.scope import Meaning, Scope
from fmdsl.syntax.expr import Call, Expr, Number, walk
from fmdsl.syntax.spec import Sampler
from fmdsl.terms.build import constant, poly
from fmdsl.terms.level import Poly
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import LABEL, SCALAR, UNKNOWN, point

#: Levels that a sampler may visit.
MOST_LEVELS = 5000


def sample_rule(sampler: Sampler, scope: Scope) -> SampleRule:
    """The rule of a sampler; its state and clocks are `param` terms."""
    times = tuple(term for t in sampler.times for term in _levels(t, scope))
    rule = sampler.step or sampler.velocity
    if rule is None:
        assert sampler.draw is not None
        body = elaborate(sampler.draw, _free_names(scope))
        return SampleRule("draw", body, (), times, sampler.span, sampler.times_span)
    kind = "step" if sampler.step else "velocity"
    params = rule.params or ()
    wanted = 3 if kind == "step" else 2
    if len(params) != wanted:
        usage = "step(z, t, r)" if kind == "step" else "velocity(z, t)"
        scope.note("sampler_arguments", rule.name_span, usage=usage, given=len(params))
    body = elaborate(rule.body, _free_names(scope).with_names(_params(params)))
    weights = (_on_path(1, 0, scope), _on_path(0, 1, scope))
    return SampleRule(kind, body, params, times, sampler.span, sampler.times_span, weights)


def _on_path(data: int, noise: int, scope: Scope) -> Term:
    """The state on the path at the param `level`, for numbers at its ends."""
    route = scope.routes[0]
    level = make("param", type=SCALAR, name="level")
    ends = zip(route.formals, (constant(data), constant(noise)))
    return elaborate(route.body, scope.with_names({route.clock: level, **dict(ends)}))


def _levels(e: Expr, scope: Scope) -> tuple[Term, ...]:
    """A level of the sampler, or those of `evenly(1, 0, 4)`: both ends and three between.

    An expression of it has as many: `karras(evenly(0, 17, 17))`.
    """
    run = next((part for part in walk(e) if isinstance(part, Call) and part.op == "evenly"), None)
    if run is None:
        return (elaborate(e, scope),)
    given = [poly(elaborate(a, scope)) for a in run.args]
    values = [p.value for p in given if p is not None and p.value is not None]
    if len(values) != 3 or len(run.args) != 3 or values[2] not in range(1, MOST_LEVELS):
        facts = {"usage": "evenly(from, to, steps)", "name": run.op, "given": len(run.args)}
        scope.note("wrong_arguments", run.span, **facts)
        return (make("unknown", type=UNKNOWN, span=run.span),)
    start, end, steps = values
    spaced = (start + (end - start) * i / steps for i in range(int(steps) + 1))
    return tuple(elaborate(_at(e, Number(str(v), run.span)), scope) for v in spaced)


def _at(e: Expr, number: Number) -> Expr:
    """The expression with this number for its `evenly`."""
    if not isinstance(e, Call):
        return e
    return number if e.op == "evenly" else replace(e, args=tuple(_at(a, number) for a in e.args))


def _params(params: tuple[str, ...]) -> dict[str, Meaning]:
    """State, clock and next clock of a sampler, the state at its clock."""
    state, *clocks = params or ("z",)
    found: dict[str, Meaning] = {c: make("param", type=SCALAR, name=c) for c in clocks}
    level = Poly.atom(clocks[0]) if clocks else None
    found[state] = make("param", type=point(level), name=state)
    return found


def _free_names(scope: Scope) -> Scope:
    """The sampler's own names: labels and noise are given to it, `fresh` and `fresh'` are new."""
    given: dict[str, Meaning] = {}
    for name, term in scope.names.items():
        noise = isinstance(term, Term) and term.type.kind == "noise"
        if isinstance(term, Term) and term.op == "draw" and (noise or term.type == LABEL):
            given[name] = make("param", type=term.type, span=term.span, name=name)
    noise = scope.routes[0].noise
    given["fresh"] = make("fresh", type=noise)
    given["fresh'"] = make("fresh", type=noise, name="fresh'")
    return scope.with_names(given)
