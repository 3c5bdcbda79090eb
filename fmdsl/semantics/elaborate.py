"""Spec to Elaborated: names, roles, types and levels, `D` expanded.

In order: paths, nets, draws and lets (a let may speak of any other, in any order), then
the losses, the identities and the sampler that speak of them.
"""

from __future__ import annotations

from fractions import Fraction

from fmdsl.catalog import closest
from fmdsl.identities import IDENTITIES
from fmdsl.identities.identity import Unfit
from fmdsl.semantics.elaborated import Drawn, Elaborated, Equation, Objective, Route
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.laws import drawn_terms, read_draw
from fmdsl.semantics.routes import routes
from fmdsl.semantics.sampling import sample_rule
from fmdsl.semantics.scope import Meaning, NetRef, Notebook, Scope
from fmdsl.semantics.signatures import outputs
from fmdsl.syntax.expr import Call, Compare, Number, names, walk
from fmdsl.syntax.spec import Group, Let, Spec
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import SCALAR, UNKNOWN

#: Operators that may stand inside one another once all lets are put in place.
MOST_DEPTH = 150


def elaborate_spec(
    spec: Spec, settings: dict[str, Fraction] | None = None, like: Elaborated | None = None
) -> Elaborated:
    """The spec with meaning; `settings` replaces the values of its number lets.

    `like` is a spec of the same nets, draws and paths: lets that are as they were there have
    their terms from it. Never raises for a faulty spec: what has no meaning is in `findings`.
    """
    notebook = Notebook()
    like = like if like and not like.findings else None
    paths = like.routes if like else routes(spec)
    nets = like.outputs if like else outputs(spec, notebook)
    scope = Scope({n: NetRef(o) for n, o in nets.items()}, paths, notebook)
    scope = _with_draws(spec, scope, paths[0])
    scope = _with_lets(spec, scope, settings or {}, _kept(spec, like) if like else {})
    notebook.decays |= like.decays if like else {}
    draws = tuple(read_draw(d, scope) for d in spec.draws)
    return Elaborated(
        spec,
        paths,
        nets,
        _sorted(draws, scope),
        {
            n: m["value"]
            for n, m in scope.names.items()
            if isinstance(m, Term) and m.op == "setting"
        },
        {n: m for n, m in scope.names.items() if isinstance(m, Term) and m.op == "let"},
        tuple(_objectives(spec, scope)),
        tuple(_equation(e, scope) for e in _written_out(spec, scope)),
        sample_rule(spec.sampler, scope) if spec.sampler else None,
        tuple(notebook.findings),
        decays=notebook.decays,
    )


def _with_draws(spec: Spec, scope: Scope, route: Route) -> Scope:
    found: dict[str, Meaning] = {}
    for draw in spec.draws:
        for name, term in drawn_terms(draw, route).items():
            if name in found or name in scope.names:
                scope.note("declared_twice", term.span, name=name)
            found[name] = term
    return scope.with_names(found)


def _sorted(draws: tuple[Drawn, ...], scope: Scope) -> tuple[Drawn, ...]:
    """Draws in an order in which each comes after those its law speaks of."""
    ready: set[str] = set()
    rest, done = list(draws), list[Drawn]()
    while rest:
        free = [d for d in rest if not (d.law.needs - ready)]
        if not free:
            scope.note(
                "circular_draws", rest[0].span, names=tuple(n for d in rest for n in d.names)
            )
            return (*done, *rest)
        done += free
        ready |= {n for d in free for n in d.names}
        rest = [d for d in rest if d not in free]
    return tuple(done)


def _kept(spec: Spec, like: Elaborated) -> dict[str, Term]:
    """The lets that say what they said, and speak of such alone."""
    before = {let.name: let.body for let in like.spec.lets}
    other = {let.name for let in spec.lets if before.get(let.name) is not let.body}
    while more := {t.name for t in spec.lets if other & (names(t.body) | _called(t))} - other:
        other |= more
    return {n: let for n, let in like.lets.items() if n not in other}


def _with_lets(
    spec: Spec, scope: Scope, settings: dict[str, Fraction], kept: dict[str, Term]
) -> Scope:
    """Functions as they are; numbers as settings; the rest as soon as what they name is known."""
    for let in spec.lets:
        if let.name in scope.names:
            scope.note("declared_twice", let.name_span, name=let.name)
    scope = scope.with_names({t.name: t for t in spec.lets if t.params is not None})
    scope = scope.with_names(_settings(spec, settings))
    rest = [t for t in spec.lets if t.params is None and t.name not in scope.names]
    needs = _needs(spec)
    while rest:
        waiting = {t.name for t in rest}
        free = [t for t in rest if not (needs[t.name] & waiting)]
        if not free:
            scope.note("circular_lets", rest[0].span, names=tuple(t.name for t in rest))
            return scope.with_names(
                {t.name: make("unknown", type=UNKNOWN, span=t.span) for t in rest}
            )
        scope = scope.with_names({t.name: kept.get(t.name) or _let(t, scope) for t in free})
        done = {t.name for t in free}
        rest = [t for t in rest if t.name not in done]
    return scope


def _settings(spec: Spec, given: dict[str, Fraction]) -> dict[str, Meaning]:
    found: dict[str, Meaning] = {}
    for let in spec.lets:
        value = _literal(let) if let.params is None else None
        if value is not None:
            value = given.get(let.name, value)
            found[let.name] = make(
                "setting", type=SCALAR, span=let.span, name=let.name, value=value
            )
    return found


def _literal(let: Let) -> Fraction | None:
    match let.body:
        case Number():
            return let.body.value
        case Call(op="neg", args=(Number() as n,)):
            return -n.value
        case _:
            return None


def _needs(spec: Spec) -> dict[str, frozenset[str]]:
    """Names that each let speaks of, those of the functions it calls included."""
    functions = {t.name for t in spec.lets if t.params is not None}
    called = {t.name: _called(t) & functions for t in spec.lets}
    own = {t.name: names(t.body) - frozenset(t.params or ()) for t in spec.lets}
    return {
        t.name: own[t.name].union(*(own[f] for f in _reached(t.name, called))) for t in spec.lets
    }


def _called(let: Let) -> frozenset[str]:
    return frozenset(n.op for n in walk(let.body) if isinstance(n, Call))


def _reached(name: str, called: dict[str, frozenset[str]]) -> frozenset[str]:
    """Functions that a let calls, and those that they call."""
    found, waiting = set[str](), set(called[name])
    while waiting:
        found |= waiting
        waiting = {f for g in waiting for f in called[g]} - found
    return frozenset(found)


def _let(let: Let, scope: Scope) -> Term:
    body = elaborate(let.body, scope)
    if body.depth > MOST_DEPTH:
        scope.note("too_large", let.name_span)
        return make("unknown", type=UNKNOWN, span=let.name_span)
    return make("let", body, type=body.type, span=let.name_span, name=let.name)


def _objectives(spec: Spec, scope: Scope) -> list[Objective]:
    stages = [(s.name, s.groups) for s in spec.stages] or [("", spec.groups)]
    return [_objective(g, scope, stage) for stage, groups in stages for g in groups]


def _objective(group: Group, scope: Scope, stage: str) -> Objective:
    loss = elaborate(group.loss, scope)
    if loss.type.is_vector:
        scope.note("vector_loss", group.loss.span, loss=loss)
    return Objective(group.nets, loss, group.every, group.span, group.net_spans, stage)


def _written_out(spec: Spec, scope: Scope) -> list[Compare]:
    """The identities, named ones as the equations that they stand for."""
    found: list[Compare] = []
    for e in spec.identities:
        if isinstance(e, Compare):
            found.append(e)
        elif e.op not in IDENTITIES:
            suggestion = closest(e.op, IDENTITIES)
            scope.note("unknown_function", e.op_span or e.span, name=e.op, suggestion=suggestion)
        else:
            try:
                found.append(IDENTITIES[e.op].expand(e, spec))
            except Unfit as unfit:
                scope.note("unfit_identity", e.span, name=e.op, reason=unfit.reason)
    return found


def _equation(e: Compare, scope: Scope) -> Equation:
    left, right = (elaborate(o, scope) for o in (e.operands[0], e.operands[-1]))
    return Equation(left, right, e.span)
