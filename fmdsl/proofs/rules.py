"""The algebra's form of each operator: one line each."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any, Protocol

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, number

Form = Scalar | Vector

#: Dimension of the space, by which means differ from sums.
DIMENSION = al.setting("dim")


class Untranslated(Exception):
    """The algebra has no form for `term`; `reason` says why, in words."""

    def __init__(self, term: Term, reason: str) -> None:
        super().__init__(f"{reason}: {show_term(term)}")
        self.term, self.reason = term, reason


class Reader(Protocol):
    """Terms to forms."""

    def __call__(self, term: Term) -> Form: ...
    def vector(self, term: Term) -> Vector: ...
    def scalar(self, term: Term) -> Scalar: ...


def _sum(read: Reader, t: Term, sign: int) -> Form:
    a, b = t.args
    if t.type.is_vector or a.type.is_vector or b.type.is_vector:
        return read.vector(a) + sign * read.vector(b)
    return read.scalar(a) + sign * read.scalar(b)


def _product(read: Reader, t: Term) -> Form:
    a, b = (read(x) for x in t.args)
    if isinstance(a, Vector) and isinstance(b, Vector):
        raise Untranslated(t, "an elementwise product of vectors")
    return b * a if isinstance(b, Vector) else a * b  # type: ignore[operator]


def _quotient(read: Reader, t: Term) -> Form:
    below = read.scalar(t.args[1])
    if below.is_zero:
        raise Untranslated(t, "a division by zero")
    return read(t.args[0]) / below


def _power(read: Reader, t: Term) -> Form:
    base, exponent = t.args
    value = number(exponent)
    if base.type.is_vector:
        raise Untranslated(t, "a power of a vector")
    if value is not None and value.denominator == 1:
        return read.scalar(base) ** int(value)
    if value == Fraction(1, 2):
        return al.sqrt(read.scalar(base))
    return al.function("^", read.scalar(base), read.scalar(exponent))


def _square(read: Reader, t: Term, scale: Scalar) -> Scalar:
    gap: Any = read(t.args[0])
    if len(t.args) == 2:
        gap = gap - read(t.args[1])
    return scale * (al.norm2(gap) if isinstance(gap, Vector) else gap * gap)


def _huber(read: Reader, t: Term) -> Form:
    c = al.scalar(Fraction(str(t["c"])))
    return al.sqrt(_square(read, t, al.ONE) + c * c) - c


#: Lengths: inside `sg` they weigh, and stay closed.
LENGTHS = frozenset({"norm", "huber"})
LEAVES: Mapping[str, Callable[[Term], Form]] = {
    "const": lambda t: al.scalar(t["value"]),
    "setting": lambda t: al.setting(t["name"]),
    "progress": lambda t: al.setting("progress"),
    "pi": lambda t: al.setting("π"),
    "fresh": lambda t: al.random(dict(t.attrs).get("name", "fresh")),
}
RULES: Mapping[str, Callable[[Reader, Term], Form]] = {
    "+": lambda read, t: _sum(read, t, 1),
    "-": lambda read, t: _sum(read, t, -1),
    "*": _product,
    "/": _quotient,
    "^": _power,
    "neg": lambda read, t: -read(t.args[0]),
    "sse": lambda read, t: _square(read, t, al.ONE),
    "mse": lambda read, t: _square(read, t, al.ONE / DIMENSION),
    "huber": _huber,
    "dot": lambda read, t: al.dot(read.vector(t.args[0]), read.vector(t.args[1])),
    "norm": lambda read, t: al.sqrt(al.norm2(read.vector(t.args[0]))),
    "sin": lambda read, t: al.sin(read.scalar(t.args[0])),
    "cos": lambda read, t: al.cos(read.scalar(t.args[0])),
    "tan": lambda read, t: al.sin(read.scalar(t.args[0])) / al.cos(read.scalar(t.args[0])),
    "exp": lambda read, t: al.exp(read.scalar(t.args[0])),
    "sqrt": lambda read, t: al.sqrt(read.scalar(t.args[0])),
}
