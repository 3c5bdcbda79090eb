"""The parse tree turned into expression nodes, each with its place in the file."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import Any

from lark import Token, Transformer_NonRecursive

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.source import Span

Children = list[Any]  # lark promises no types: tokens, nodes and keyword pairs by rule


class Build(Transformer_NonRecursive[Token, Expr]):
    """Nodes of the text at `place`. A node's span includes the parentheses around it.

    Each method is the grammar rule of its name.
    """

    def __init__(self, place: Span) -> None:
        super().__init__()
        self._place = place

    def _span(self, token: Token) -> Span:
        start = self._place.start + (token.start_pos or 0)
        return Span(self._place.source, start, start + len(token))

    def name(self, children: Children) -> Expr:
        (token,) = children
        return Name(normal(token), self._span(token))

    def number(self, children: Children) -> Expr:
        (token,) = children
        return Number(str(token), self._span(token))

    def infix(self, children: Children) -> Expr:
        left, sign, right = children
        return Call(str(sign), (left, right), (), cover(left, right), self._span(sign))

    signature = infix

    def negative(self, children: Children) -> Expr:
        sign, operand = children
        place = self._span(sign)
        return Call("neg", (operand,), (), place | operand.span, place)

    def comparison(self, children: Children) -> Expr:
        signs = tuple(str(sign) for sign in children[1::2])
        operands = tuple(children[::2])
        return Compare(signs, operands, cover(operands[0], operands[-1]))

    def tuple(self, children: Children) -> Expr:
        return Tuple((*children,), cover(children[0], children[-1]))

    def group(self, children: Children) -> Expr:
        opening, inside, closing = children
        return replace(inside, span=self._span(opening) | self._span(closing))

    def single(self, children: Children) -> Expr:
        opening, item, closing = children
        return Tuple((item,), self._span(opening) | self._span(closing))

    def empty(self, children: Children) -> Expr:
        opening, closing = children
        return Tuple((), self._span(opening) | self._span(closing))

    def keyword(self, children: Children) -> Any:
        name, _, value = children
        return normal(name), self._span(name), value

    def call(self, children: Children) -> Expr:
        name, *arguments, closing = children
        place = self._span(name)
        args, kwargs = self._arguments(arguments)
        return Call(normal(name), args, kwargs, place | self._span(closing), place)

    def _arguments(self, arguments: Children) -> tuple[Any, Any]:
        args: list[Expr] = []
        kwargs: dict[str, tuple[Span, Expr]] = {}
        for argument in arguments:
            if not isinstance(argument, tuple):
                if kwargs:
                    raise Fault([faults.e0136_positional_after_keyword(argument.span)])
                args.append(argument)
                continue
            key, place, value = argument
            if key in kwargs:
                raise Fault([faults.e0137_repeated_keyword(place, kwargs[key][0], key)])
            kwargs[key] = (place, value)
        return (*args,), (*((key, value) for key, (_, value) in kwargs.items()),)


def normal(name: str) -> str:
    """The composed form of a name, so that two ways to type `é` are one name."""
    return unicodedata.normalize("NFC", str(name))


def cover(first: Expr, last: Expr) -> Span:
    """The place from the first node to the last."""
    assert first.span is not None and last.span is not None
    return first.span | last.span
