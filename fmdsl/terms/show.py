"""A term as text, in the names and the notation of its spec."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from fmdsl.syntax import expr as e
from fmdsl.syntax.show import show
from fmdsl.terms.term import Term


def show_term(term: Term) -> str:
    """As a user would write it; lets by their names."""
    return show(expression(term))


def expression(term: Term) -> e.Expr:
    """The expression a term stands for."""
    match term.op:
        case "let" if term.attrs and "(" not in term["name"]:
            return e.Name(term["name"])
        case "let":
            return expression(term.args[0])
        case "const":
            return _number(term["value"])
        case "draw" | "param" | "setting":
            return e.Name(term["name"])
        case "progress" | "null" | "pi":
            return e.Name(term.op)
        case "jet":
            return _jet(term)
        case "expect":
            given = tuple(map(expression, term.args[1:]))
            on = given[0] if len(given) == 1 else e.Tuple(given)
            return e.Call("expect", (expression(term.args[0]),), (("given", on),))
        case "fresh":
            return e.Name(dict(term.attrs).get("name", "fresh"))
        case "<" | "<=" | ">" | ">=":
            return e.Compare((term.op,), tuple(map(expression, term.args)))
        case "and" if (chain := _chained(*map(expression, term.args))) is not None:
            return chain
        case _:
            keywords = tuple((k, _attribute(v)) for k, v in term.attrs)
            return e.Call(term.op, tuple(map(expression, term.args)), keywords)


def _jet(term: Term) -> e.Expr:
    place = term.place
    given = place[-1:] if term["copy"] == "exact" and place[-1].type.kind == "label" else ()
    name, _, of = term["fn"].partition("[")
    keywords = tuple(("given", expression(label)) for label in given)
    keywords += (("of", e.Name(of.removesuffix("]"))),) if of else ()
    call = e.Call(name, tuple(map(expression, place[: len(place) - len(given)])), keywords)
    if term["copy"].startswith("ema("):
        call = e.Call("ema", (call, e.Name(term["copy"][4:-1])))
    for direction in term.directions:
        along = e.Tuple(tuple(map(expression, direction)))
        call = e.Call("jvp", (call, along))
    return call


def _chained(a: e.Expr, b: e.Expr) -> e.Expr | None:
    """`a <= t` and `t <= b` as `a <= t <= b`."""
    if not isinstance(a, e.Compare) or not isinstance(b, e.Compare):
        return None
    if show(a.operands[-1]) != show(b.operands[0]):
        return None
    return e.Compare((*a.signs, *b.signs), (*a.operands, *b.operands[1:]))


def _number(value: Fraction) -> e.Expr:
    if value < 0:
        return e.Call("neg", (_number(-value),))
    if value.denominator == 1:
        return e.Number(str(value.numerator))
    text = str(float(value))
    if Fraction(text) == value:
        return e.Number(text)
    return e.Call("/", (e.Number(str(value.numerator)), e.Number(str(value.denominator))))


def _attribute(value: Any) -> e.Expr:
    if isinstance(value, Term):
        return expression(value)
    if isinstance(value, (int, float, Fraction)):
        return _number(Fraction(value))
    return e.Name(str(value))
