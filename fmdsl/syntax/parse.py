"""Text into expressions: `parse("z - t * u(z, 0, t)")`."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from lark import Lark, UnexpectedCharacters, UnexpectedInput, UnexpectedToken
from lark.exceptions import VisitError

from fmdsl.syntax import bounds, faults
from fmdsl.syntax.build import Build
from fmdsl.syntax.diagnostic import Diagnostic, Fault
from fmdsl.syntax.expr import Expr
from fmdsl.syntax.mistakes import remedies
from fmdsl.syntax.source import Source, Span


def parse(text: str) -> Expr:
    """The expression that `text` says. Raises Fault (E0130 to E0137) where it says none."""
    return parse_at(Span(Source("<expression>", text), 0, len(text)))


def parse_at(place: Span) -> Expr:
    """As `parse`, for a piece of a file: the nodes' spans are places in that file."""
    if long := bounds.too_long(place):
        raise Fault([long])
    e = _build(place)
    if deep := bounds.too_deep(e):
        raise Fault([deep])
    if bad := bounds.bad_numbers(e):
        raise Fault(bad)
    return e


@cache
def grammar() -> Lark:
    """The parser of `grammar/fmdsl.lark`, made once."""
    text = (files("fmdsl") / "grammar" / "fmdsl.lark").read_text(encoding="utf-8")
    return Lark(text, parser="lalr")


def _build(place: Span) -> Expr:
    try:
        return Build(place).transform(grammar().parse(place.text))
    except UnexpectedInput as error:
        raise Fault([_unexpected(place, error)]) from None
    except VisitError as error:
        if isinstance(error.orig_exc, Fault):
            raise error.orig_exc from None
        raise


def _unexpected(place: Span, error: UnexpectedInput) -> Diagnostic:
    text = place.text
    if isinstance(error, UnexpectedCharacters):
        at = error.pos_in_stream or 0
        where = Span(place.source, place.start + at, place.start + at + 1)
        return faults.e0131_unexpected_character(where, remedies(text, at))
    assert isinstance(error, UnexpectedToken)
    if error.token.type == "$END":
        end = place.start + len(text.rstrip())
        return faults.e0130_unexpected_token(
            Span(place.source, end, end), "end", _wanted(error), opened=_unclosed(place)
        )
    at = error.token.start_pos or 0
    where = Span(place.source, place.start + at, place.start + at + len(error.token))
    found = f"`{error.token}`"
    return faults.e0130_unexpected_token(where, found, _wanted(error), remedies(text, at))


def _wanted(error: UnexpectedToken) -> str:
    """In words, what could have stood there: an operand, or an operator and what closes."""
    accepted = error.accepts or error.expected
    if "NAME" in accepted:
        return "a name, a number or `(`"
    closing = ["`,`"] if "COMMA" in accepted else []
    closing += ["`)`"] if "RPAR" in accepted else []
    return " or ".join(["an operator", *closing])


def _unclosed(place: Span) -> Span | None:
    """The innermost parenthesis that is still open at the end."""
    open_at: list[int] = []
    for i, character in enumerate(place.text):
        if character == "(":
            open_at.append(place.start + i)
        elif character == ")" and open_at:
            open_at.pop()
    return Span(place.source, open_at[-1], open_at[-1] + 1) if open_at else None
