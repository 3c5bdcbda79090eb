"""The draws of a spec: laws with their params, and the types of what is drawn."""

from __future__ import annotations

from fmdsl.catalog import closest
from fmdsl.ops import LAWS
from fmdsl.semantics.elaborated import Drawn, LawTerm, Route
from fmdsl.semantics.expression import elaborate, keywords
from fmdsl.semantics.scope import Scope
from fmdsl.syntax.expr import Call, Expr, Name
from fmdsl.syntax.spec import Draw
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import LABEL, SCALAR, Type

#: Laws that are not laws of a number.
SOURCES = ("data", "noise")
_LABELS = ("label", "class", "labels")


def drawn_terms(draw: Draw, route: Route) -> dict[str, Term]:
    """The variables a draw line introduces, typed."""
    kinds = _kinds(draw, route)
    return {
        name: make("draw", type=kind, span=span, name=name)
        for name, kind, span in zip(draw.names, kinds, draw.name_spans, strict=True)
    }


def _kinds(draw: Draw, route: Route) -> list[Type]:
    law = _head(draw.law)
    if law == "noise":
        return [route.noise for _ in draw.names]
    if law == "data":
        fields = _fields(draw.law)
        if fields:
            data = [_field(f, route) for f in fields]
            return (data + [route.data] * len(draw.names))[: len(draw.names)]
        return [route.data, *[LABEL for _ in draw.names[1:]]]
    if law == "dropped":
        return [LABEL for _ in draw.names]
    return [SCALAR for _ in draw.names]


def _field(name: str, route: Route) -> Type:
    """A field of the data by its name: labels, noise that comes paired with its image, data."""
    if name in _LABELS:
        return LABEL
    return route.noise if name == "noise" else route.data


def _head(law: Expr) -> str:
    return law.op if isinstance(law, Call) else law.id if isinstance(law, Name) else ""


def _fields(law: Expr) -> tuple[str, ...]:
    if not isinstance(law, Call):
        return ()
    return tuple(a.id for a in law.args if isinstance(a, Name))


def read_draw(draw: Draw, scope: Scope) -> Drawn:
    """A draw line with its law understood."""
    law = _law(draw.law, scope)
    wanted = LAWS[law.name].outputs if law.name in LAWS else None
    if wanted is not None and len(draw.names) != wanted:
        scope.note("law_outputs", draw.span, law=law.name, wanted=wanted, given=len(draw.names))
    return Drawn(draw.names, law, draw.span)


def _law(e: Expr, scope: Scope) -> LawTerm:
    name = _head(e)
    if name in SOURCES:
        return LawTerm(name, fields=_fields(e), span=e.span)
    if not isinstance(e, Call) or name not in LAWS:
        suggestion = closest(name, {*LAWS, *SOURCES})
        scope.note("unknown_law", e.span, name=name, suggestion=suggestion)
        return LawTerm(name or "?", span=e.span)
    law = LAWS[name]
    if len(e.args) != len(law.params):
        scope.note("wrong_arguments", e.span, usage=law.usage, name=name, given=len(e.args))
    params = tuple(_param(a, scope) for a in e.args)
    known: dict[str, object] = dict(law.keywords)
    given = keywords(e, known, scope, law.usage)
    numbers = tuple((k, float(v)) for k, v in given if isinstance(v, (int, float)))
    return LawTerm(name, params, numbers, span=e.span)


def _param(e: Expr, scope: Scope) -> Term | LawTerm:
    if isinstance(e, Call) and e.op in LAWS:
        return _law(e, scope)
    return elaborate(e, scope)
