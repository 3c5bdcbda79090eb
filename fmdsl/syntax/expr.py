"""The expression tree: what one right-hand side of a spec says, before names mean anything.

Four node types carry the whole language. Arithmetic is a `Call` of the operators
`+ - * / ^` and `neg`; a level `point@t` is a `Call` of `@`; a signature is a `Call`
of `->`. Spans take no part in equality, so `parse(show(e)) == e`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction

from fmdsl.syntax.source import Span


@dataclass(frozen=True, slots=True)
class Number:
    """A literal as written: `0.95`, `1e-5`, `39`."""

    text: str
    span: Span | None = field(default=None, compare=False, repr=False)

    @property
    def value(self) -> Fraction:
        return Fraction(self.text)


@dataclass(frozen=True, slots=True)
class Name:
    """An identifier in any script, with primes: `z`, `σ`, `x'`."""

    id: str
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Call:
    """`op(args, key=value)`; also every infix and prefix form, under its own sign."""

    op: str
    args: tuple[Expr, ...] = ()
    kwargs: tuple[tuple[str, Expr], ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)
    op_span: Span | None = field(default=None, compare=False, repr=False)

    def keyword(self, name: str) -> Expr | None:
        return dict(self.kwargs).get(name)


@dataclass(frozen=True, slots=True)
class Tuple:
    """`a, b, c`, with or without parentheses; `()` is the empty one."""

    items: tuple[Expr, ...] = ()
    span: Span | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Compare:
    """A chain `a <= b < c`, or an equation `a = b`; one more operand than signs."""

    signs: tuple[str, ...]
    operands: tuple[Expr, ...]
    span: Span | None = field(default=None, compare=False, repr=False)


Expr = Number | Name | Call | Tuple | Compare


def children(e: Expr) -> tuple[Expr, ...]:
    """The direct parts of an expression, keyword values last."""
    match e:
        case Call():
            return e.args + tuple(value for _, value in e.kwargs)
        case Tuple():
            return e.items
        case Compare():
            return e.operands
        case _:
            return ()


def walk(e: Expr) -> Iterator[Expr]:
    """`e` and everything below it, parents first."""
    stack = [e]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(children(node)))


def names(e: Expr) -> frozenset[str]:
    """The identifiers that occur in `e`, without the operators that are called."""
    return frozenset(node.id for node in walk(e) if isinstance(node, Name))
