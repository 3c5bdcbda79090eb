"""With which coefficient terms enter a vector expression, where they enter it affinely."""

from __future__ import annotations

from collections.abc import Callable

from fmdsl.terms.build import poly
from fmdsl.terms.level import ONE, ZERO, Poly
from fmdsl.terms.term import Term


def coefficient(term: Term, pick: Callable[[Term], bool], apart: Term | None = None) -> Poly | None:
    """The sum of the coefficients of the picked vectors; None where they do not enter affinely.

    Weights that depend on the picked terms themselves count as numbers: a normaliser
    scales a direction and does not turn it. What equals `apart` is not looked into.
    """
    if apart is not None and term == apart:
        return ZERO
    bare = term.bare
    if pick(bare):
        return ONE
    if not bare.type.is_vector or bare.op in ("jet", "draw", "param", "fresh"):
        return ZERO
    below = [coefficient(a, pick, apart) for a in bare.args]
    match bare.op, below:
        case "sg" | "neg" | "+" | "-", _ if None in below:
            return None
        case "sg", [Poly() as a]:
            return a
        case "neg", [Poly() as a]:
            return -a
        case "+", [Poly() as a, Poly() as b]:
            return a + b
        case "-", [Poly() as a, Poly() as b]:
            return a - b
        case "*", _:
            return _scaled(bare.args, below)
        case "/", [Poly() as a, _]:
            divisor = poly(bare.args[1])
            return (
                a if not a.terms else a * divisor.inverse() if divisor and divisor.terms else None
            )
        case _, _ if all(b == ZERO for b in below):
            return ZERO
        case _:
            return None


def _scaled(args: tuple[Term, ...], below: list[Poly | None]) -> Poly | None:
    for (scale, vector), inner in ((args, below[1]), (args[::-1], below[0])):
        factor = poly(scale)
        if factor is not None and vector.type.is_vector:
            return inner if inner is None or not inner.terms else factor * inner
    return ZERO if all(b == ZERO for b in below) else None
