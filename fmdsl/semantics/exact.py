"""Calls that name exact objects of the law: its flow, velocity, score and expectations."""

from __future__ import annotations

from fmdsl.semantics.calls import differs
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.scope import Scope
from fmdsl.semantics.usage import named, wrong
from fmdsl.syntax.expr import Call, Name, Tuple
from fmdsl.syntax.spec import Let
from fmdsl.terms.build import poly
from fmdsl.terms.level import ONE
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import Type, affine, point, tangent


def is_flow(term: Term) -> bool:
    """Whether a term is a flow: the law's, or that of a velocity of the spec."""
    return term.op == "jet" and term["copy"] == "exact" and term["fn"].startswith("flow")


def exact(e: Call, scope: Scope) -> Term:
    """`flow`, `velocity`, `score`: functions of the law, opaque until a proof opens them.

    `given=null` asks for those of the law without a label; else they have the label of the net
    that an identity speaks of. `given=z` asks for those of the law given a second state.
    """
    wanted = 3 if e.op == "flow" else 2
    asked = [v for k, v in e.kwargs if k == "given"]
    told = [i for v in asked for i in (v.items if isinstance(v, Tuple) else (v,))]
    label = [elaborate(v, scope) for v in told]
    known = ("label", "point", "unknown")
    if len(e.args) != wanted or any(x.type.kind not in known for x in label):
        return wrong(e, scope)
    args = tuple(elaborate(a, scope) for a in e.args)
    level = poly(args[1])
    if level is not None and differs(args[0].type, point(level)):
        facts = {"net": None, "slot": None, "clocks": {}, "call": e.span}
        scope.note("wrong_level", args[0].span, expected=point(level), argument=args[0], **facts)
    target = poly(args[-1])
    kind = {"flow": point(target), "velocity": tangent(ONE, "marginal"), "score": Type("covector")}
    _velocity_of(e, scope)
    of = named(e, "of")
    name = f"{e.op}[{of}]" if of else e.op
    place = (*args, *label)
    return make("jet", *place, type=kind[e.op], span=e.span, fn=name, order=0, copy="exact")


def _velocity_of(e: Call, scope: Scope) -> None:
    """Whether the velocity named by `of=` is one: a function of a state and a time is read here."""
    of = e.keyword("of")
    meaning = scope.names.get(of.id) if isinstance(of, Name) else None
    if isinstance(of, Name) and meaning is None:
        elaborate(of, scope)
    elif isinstance(of, Name) and isinstance(meaning, Let):
        body = elaborate(Call(of.id, e.args[:2], (), of.span, of.span), scope)
        if body.type.kind == "tangent" and body.type.moment not in (None, ONE):
            scope.note("no_velocity", of.span, name=of.id, body=body)


def expect(e: Call, scope: Scope) -> Term:
    """A conditional expectation: a mean where a state or a velocity is averaged."""
    given = e.keyword("given")
    if len(e.args) != 1 or given is None:
        return wrong(e, scope)
    of = elaborate(e.args[0], scope)
    on = given.items if isinstance(given, Tuple) else (given,)
    conditions = tuple(elaborate(g, scope) for g in on)
    kind = of.type
    if kind.kind == "point":
        kind = affine(kind.mass, kind.moment).named("mean")
    elif kind.kind == "tangent":
        kind = kind.named("tangent", "marginal")
    return make("expect", of, *conditions, type=kind, span=e.span)
