"""Limits on what an expression may ask for: a spec is untrusted input.

Nothing is evaluated exactly here. The value of a constant power is followed in
floating point only, so that `9^9^9^9` costs nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from fmdsl.syntax import faults
from fmdsl.syntax.diagnostic import Diagnostic
from fmdsl.syntax.expr import Call, Expr, Number, children
from fmdsl.syntax.source import Span

MAX_CHARACTERS = 10_000
MAX_DEPTH = 100
MAX_DIGITS = 40
MAX_DECADES = 308
MAX_EXPONENT = 64


def too_long(place: Span) -> Diagnostic | None:
    """E0133 for a text of more than MAX_CHARACTERS."""
    if place.end - place.start <= MAX_CHARACTERS:
        return None
    return faults.e0133_expression_too_long(place, MAX_CHARACTERS)


def too_deep(e: Expr) -> Diagnostic | None:
    """E0134 for a tree of more than MAX_DEPTH levels; no recursion may come before this."""
    stack = [(e, 1)]
    while stack:
        node, depth = stack.pop()
        if depth > MAX_DEPTH:
            assert node.span is not None
            return faults.e0134_too_deep(node.span, MAX_DEPTH)
        stack.extend((child, depth + 1) for child in children(node))
    return None


def bad_numbers(e: Expr) -> list[Diagnostic]:
    """Every literal and every constant power in `e` that is out of bounds."""
    found: list[Diagnostic] = []
    for node in _leaves_first(e):
        match node:
            case Number():
                found += _literal(node)
            case Call("^", (base, exponent)):
                found += [] if found else _power(node, base, exponent)
            case _:
                pass
    return found


def _literal(number: Number) -> Iterator[Diagnostic]:
    assert number.span is not None
    decades = number.text.lower().partition("e")[2] or "0"
    if len(number.text) > MAX_DIGITS:
        yield faults.e0132_number_out_of_bounds(
            number.span, f"a number has at most {MAX_DIGITS} characters"
        )
    elif abs(int(decades)) > MAX_DECADES:
        yield faults.e0132_number_out_of_bounds(
            number.span, f"a number lies between 1e-{MAX_DECADES} and 1e{MAX_DECADES}"
        )


def _power(node: Expr, base: Expr, exponent: Expr) -> Iterator[Diagnostic]:
    assert node.span is not None
    n, b = _constant(exponent), _constant(base)
    if n is None:
        return
    if abs(n) > MAX_EXPONENT:
        reason = f"an exponent is at most {MAX_EXPONENT}"
        yield faults.e0135_power_out_of_bounds(exponent.span or node.span, reason)
    elif b and n * math.log10(abs(b)) > MAX_DECADES:
        reason = f"a constant is at most 1e{MAX_DECADES}"
        yield faults.e0135_power_out_of_bounds(node.span, reason)


def _constant(e: Expr) -> float | None:
    """The value of an expression of literals alone; infinite where it overflows."""
    match e:
        case Number(text):
            return float(text)
        case Call("neg", (x,), ()):
            value = _constant(x)
            return None if value is None else -value
        case Call("+" | "-" | "*" | "/" | "^" as sign, (x, y), ()):
            a, b = _constant(x), _constant(y)
            return None if a is None or b is None else _apply(sign, a, b)
        case _:
            return None


def _apply(sign: str, a: float, b: float) -> float:
    try:
        match sign:
            case "+":
                return a + b
            case "-":
                return a - b
            case "*":
                return a * b
            case "/":
                return a / b
            case _:
                return math.pow(a, b)
    except (OverflowError, ZeroDivisionError):
        return math.inf
    except ValueError:
        return math.nan


def _leaves_first(e: Expr) -> Iterator[Expr]:
    for child in children(e):
        yield from _leaves_first(child)
    yield e
