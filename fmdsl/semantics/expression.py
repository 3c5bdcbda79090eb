"""From an expression to a term: every name looked up, every call given its operator.

Total: what has no meaning becomes a term of type `unknown` and a note in the scope, so
that one run finds every fault of a spec.
"""

from __future__ import annotations

from functools import reduce

from fmdsl.catalog import closest
from fmdsl.ops import OPERATORS
from fmdsl.semantics.scope import NetRef, Scope
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.spec import Let
from fmdsl.terms import build
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import BOOL, LABEL, SCALAR, TUPLE, UNKNOWN

#: Names that every spec has.
BUILT_IN = {
    "progress": make("progress", type=SCALAR),
    "null": make("null", type=LABEL),
    "pi": make("pi", type=SCALAR),
}
_ARITHMETIC = {
    "+": build.add,
    "-": build.subtract,
    "*": build.multiply,
    "/": build.divide,
    "^": build.power,
}


def elaborate(e: Expr, scope: Scope) -> Term:
    """The term an expression stands for in a scope."""
    if not scope.notebook.allows_more():
        scope.note("too_large", scope.calls[0][1] if scope.calls else e.span)
        return unknown(e)
    match e:
        case Number():
            return build.constant(e.value, e.span)
        case Name():
            return _name(e, scope)
        case Tuple():
            return make("tuple", *(elaborate(i, scope) for i in e.items), type=TUPLE, span=e.span)
        case Compare():
            return _comparison(e, scope)
        case Call(op="neg", args=(a,)):
            return build.negate(elaborate(a, scope), e.span)
        case Call(op=op, args=(_, _)) if op in _ARITHMETIC:
            return _arithmetic(e, scope)
        case Call():
            return _call(e, scope)


def unknown(e: Expr) -> Term:
    """A stand-in for what has no meaning; faults about it are not repeated."""
    return make("unknown", type=UNKNOWN, span=e.span)


def _name(e: Name, scope: Scope) -> Term:
    meaning = scope.names.get(e.id) or BUILT_IN.get(e.id)
    if isinstance(meaning, Term):
        if meaning.op == "let" or meaning.op in ("draw", "param", "setting"):
            return meaning.at(e.span)
        return meaning.at(e.span) if meaning.span is None else meaning
    if meaning is None:
        known = {*scope.names, *BUILT_IN}
        scope.note("unknown_name", e.span, name=e.id, suggestion=closest(e.id, known))
    else:
        what = "net" if isinstance(meaning, NetRef) else "function"
        scope.note("bare_function", e.span, name=e.id, what=what)
    return unknown(e)


def _comparison(e: Compare, scope: Scope) -> Term:
    operands = [elaborate(o, scope) for o in e.operands]
    if "=" in e.signs:
        scope.note("equation_in_expression", e.span)
        return unknown(e)
    links = [
        make(sign, a, b, type=BOOL, span=e.span)
        for sign, a, b in zip(e.signs, operands, operands[1:], strict=False)
    ]
    return reduce(lambda a, b: make("and", a, b, type=BOOL, span=e.span), links)


def _arithmetic(e: Call, scope: Scope) -> Term:
    a, b = (elaborate(arg, scope) for arg in e.args)
    if UNKNOWN in (a.type, b.type):
        return unknown(e)
    complaint = _mismatch(e.op, a, b)
    if complaint:
        scope.note("kinds_do_not_mix", e.span, sign=e.op, left=a, right=b, complaint=complaint)
        return unknown(e)
    if e.op == "/" and build.is_zero(b):
        scope.note("division_by_zero", e.span)
        return unknown(e)
    return _ARITHMETIC[e.op](a, b, e.span)


def _mismatch(sign: str, a: Term, b: Term) -> str | None:
    kinds = (a.type.kind, b.type.kind)
    if LABEL.kind in kinds or BOOL.kind in kinds or TUPLE.kind in kinds:
        return "neither a label, a comparison nor a tuple is a number"
    vectors = (a.type.is_vector, b.type.is_vector)
    zero = build.is_zero(a) or build.is_zero(b)
    if sign in "+-" and vectors[0] != vectors[1] and not zero:
        return "a number is added to a vector"
    if sign == "/" and vectors == (False, True):
        return "a number is divided by a vector"
    if sign == "^" and vectors[1]:
        return "the exponent is a vector"
    return None


def _call(e: Call, scope: Scope) -> Term:
    from fmdsl.semantics.calls import call_function, call_net
    from fmdsl.semantics.special import SPECIAL_CALLS

    if e.op in SPECIAL_CALLS:
        return SPECIAL_CALLS[e.op](e, scope)
    meaning = scope.names.get(e.op)
    if isinstance(meaning, NetRef):
        return call_net(e, meaning, scope)
    if isinstance(meaning, Let):
        return call_function(e, meaning, scope)
    if e.op in OPERATORS:
        return _operator(e, scope)
    known = {*OPERATORS, *SPECIAL_CALLS, *scope.names}
    what = "not_a_function" if meaning is not None else "unknown_function"
    scope.note(what, e.op_span or e.span, name=e.op, suggestion=closest(e.op, known - {e.op}))
    return unknown(e)


def _operator(e: Call, scope: Scope) -> Term:
    op = OPERATORS[e.op]
    args = tuple(elaborate(a, scope) for a in e.args)
    if not op.accepts(len(args)):
        scope.note("wrong_arguments", e.span, usage=op.usage, name=e.op, given=len(args))
        return unknown(e)
    if any(a.type == UNKNOWN for a in args):
        return unknown(e)
    kind = op.infer(*(a.type for a in args))
    if isinstance(kind, str):
        scope.note("operator_types", e.span, name=e.op, args=args, complaint=kind)
        kind = UNKNOWN if kind.startswith("a label") else SCALAR
    return Term(e.op, args, keywords(e, dict(op.keywords), scope, op.usage), kind, e.span)


def keywords(
    e: Call, known: dict[str, object], scope: Scope, usage: str
) -> tuple[tuple[str, object], ...]:
    """Constant keyword arguments, defaults filled in; what is not known is noted."""
    given = dict(known)
    for name, value in e.kwargs:
        if name not in known:
            suggestion = closest(name, known)
            scope.note(
                "unknown_keyword",
                value.span,
                name=name,
                of=e.op,
                usage=usage,
                suggestion=suggestion,
            )
            continue
        if isinstance(value, Name) and not isinstance(known[name], (int, float)):
            given[name] = value.id
            continue
        number = build.poly(elaborate(value, scope))
        if number is None or number.value is None:
            scope.note("keyword_not_constant", value.span, name=name, of=e.op)
        else:
            given[name] = float(number.value)
    return tuple(sorted(given.items()))
