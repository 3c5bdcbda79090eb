"""Calls that the language itself gives meaning to: `D`, `sg`, `path`, `flow` and the like."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.semantics.calls import differs, ema_copy
from fmdsl.semantics.differentiate import NotDifferentiable, differentiate, jet
from fmdsl.semantics.exact import exact, expect
from fmdsl.semantics.expression import elaborate, unknown
from fmdsl.semantics.scope import LIVE, Meaning, Scope
from fmdsl.semantics.solvers import SOLVERS
from fmdsl.semantics.usage import named, wrong
from fmdsl.syntax.expr import Call, Expr, Name, Number, Tuple
from fmdsl.terms.build import constant, is_zero, poly
from fmdsl.terms.term import Term, make, rewrite, walk
from fmdsl.terms.types import FEATURE, point


def _sg(e: Call, scope: Scope) -> Term:
    if len(e.args) != 1:
        return wrong(e, scope)
    inner = elaborate(e.args[0], scope)
    return make("sg", inner, type=inner.type, span=e.span)


def _total_derivative(e: Call, scope: Scope) -> Term:
    """`D(e, t, name=w)`: t has tangent 1, each named quantity the one given."""
    if len(e.args) != 2 or not isinstance(e.args[1], Name):
        return wrong(e, scope)
    variable = e.args[1]
    meaning = scope.names.get(variable.id)
    body = elaborate(e.args[0], scope)
    if not isinstance(meaning, Term) or not meaning.type.is_scalar or meaning.op == "setting":
        scope.note("derivative_variable", variable.span, name=variable.id, meaning=meaning)
        return unknown(e)
    seeds: dict[str, Term] = {variable.id: constant(1)}
    for name, value in e.kwargs:
        if name not in scope.names:
            scope.note("unknown_name", value.span, name=name, suggestion=None)
        seeds[name] = elaborate(value, scope)
    if any(t.op == "unknown" for t in walk(body)):
        return unknown(e)
    try:
        result = differentiate(body, seeds)
    except NotDifferentiable as stop:
        scope.note("no_derivative", e.span, at=stop.term, variable=variable.id)
        return unknown(e)
    if is_zero(result):
        scope.note("zero_derivative", e.span, variable=variable.id, body=body)
        return unknown(e)
    return _place(result, e)


def _place(result: Term, e: Call) -> Term:
    """The derivative as written: its terms keep their places, the whole has the call's."""
    return make("let", result, type=result.type, span=e.span, name="D(…)")


def _jvp(e: Call, scope: Scope) -> Term:
    """A derivative with the tangents written out; the check E04 compares it with `D`."""
    if len(e.args) != 3 or not isinstance(e.args[0], Name):
        return wrong(e, scope)
    net, at, along = e.args
    assert isinstance(net, Name)
    place, direction = (x.items if isinstance(x, Tuple) else (x,) for x in (at, along))
    call = elaborate(Call(net.id, tuple(place), (), at.span, net.span), scope)
    base = call.bare
    tangents = tuple(elaborate(d, scope) for d in direction)
    if base.op != "jet":
        return unknown(e)
    if len(tangents) != len(base.place):
        scope.note(
            "wrong_tangents", along.span, net=net.id, wanted=len(base.place), given=len(tangents)
        )
        return unknown(e)
    result = jet(base, (tangents,))
    scope.note("written_jvp", along.span, base=base, direction=tangents)
    return result.at(e.span)


def _ema(e: Call, scope: Scope) -> Term:
    """Every net called inside answers with the moving average of its weights.

    A let is what it stands for: nets behind one answer so as well.
    """
    if len(e.args) != 2:
        return wrong(e, scope)
    copy = ema_copy(e, scope)
    inner = elaborate(e.args[0], scope.copied(copy))

    def averaged(t: Term) -> Term | None:
        if t.op == "jet" and t["copy"] == LIVE:
            return Term(
                "jet",
                t.args,
                tuple(sorted({**dict(t.attrs), "copy": copy}.items())),
                t.type,
                t.span,
            )
        reread = t.op == "let" and any(i.op == "jet" and i["copy"] == copy for i in walk(t))
        return t.args[0] if reread else None

    return rewrite(inner, averaged)


def _path(e: Call, scope: Scope) -> Term:
    """The state at a level between data and noise."""
    if len(e.args) != 3:
        return wrong(e, scope)
    route = next((r for r in scope.routes if named(e, "of") == r.state), scope.routes[0])
    ends = [elaborate(a, scope) for a in e.args]
    wanted = (("data", route.data), ("noise", route.noise))
    for (end, expected), given in zip(wanted, ends, strict=False):
        if given.type.kind == "unknown":
            continue
        turned = given.bare.op == "draw" and given.type.kind != expected.kind
        if not given.type.is_vector or turned or differs(given.type, expected):
            scope.note(
                "path_end", given.span, end=end, argument=given, expected=expected, route=route
            )
    if ends[0].type.kind == "mean":
        scope.note("renoised_mean", ends[0].span, argument=ends[0])
    bound: dict[str, Meaning] = dict(zip((*route.formals, route.clock), ends, strict=True))
    body = elaborate(route.body, scope.with_names(bound))
    level = poly(ends[2])
    return make("path", body, *ends, type=point(level), span=e.span)


#: Steps of a solver that are unrolled inside an objective.
MOST_STEPS = 64


def _solve(e: Call, scope: Scope) -> Term:
    """An ODE solver unrolled: the velocity expression at each stage's own state and clock."""
    if len(e.args) != 4 or not isinstance(e.args[1], Name) or not isinstance(e.args[2], Name):
        return wrong(e, scope)
    field, state, start, end = e.args
    method = named(e, "method") or "heun"
    if method not in SOLVERS:
        scope.note("unknown_solver", e.span, name=method, known=tuple(SOLVERS))
        return unknown(e)
    steps = e.keyword("steps") or Number("1")
    if not isinstance(steps, Number) or steps.value not in range(1, MOST_STEPS + 1):
        scope.note("solver_steps", steps.span, most=MOST_STEPS)
        return unknown(e)
    count = int(steps.value)

    def velocity(z: Term, t: Term) -> Term:
        return elaborate(field, scope.with_names({_id(state): z, _id(start): t}))

    z, t = elaborate(state, scope), elaborate(start, scope)
    result = SOLVERS[method](velocity, z, t, elaborate(end, scope), count)
    return make("let", result, type=result.type, span=e.span, name="solve(…)")


def _id(e: Expr) -> str:
    assert isinstance(e, Name)
    return e.id


def _features(e: Call, scope: Scope) -> Term:
    layer = named(e, "layer") or "mid"
    if len(e.args) != 1:
        return wrong(e, scope)
    call = elaborate(e.args[0], scope).bare
    if call.op != "jet" or call["order"] != 0 or call["copy"] == "exact":
        scope.note("features_of", e.span)
        return unknown(e)
    return make("features", call, type=FEATURE, span=e.span, layer=layer)


SPECIAL_CALLS: dict[str, Callable[[Call, Scope], Term]] = {
    "sg": _sg,
    "D": _total_derivative,
    "jvp": _jvp,
    "ema": _ema,
    "path": _path,
    "flow": exact,
    "velocity": exact,
    "score": exact,
    "expect": expect,
    "solve": _solve,
    "features": _features,
}
