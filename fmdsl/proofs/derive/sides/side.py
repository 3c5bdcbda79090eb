"""What a solved side is, and how an identity is solved for a part of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.atoms import Half
from fmdsl.algebra.field import generator
from fmdsl.proofs.derive.identity import Identity, Kind
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.derive.refusal import NotDerived


@dataclass(frozen=True, slots=True)
class Solved:
    """`left = right`: what is regressed, and on what.

    A prescribed gradient has the whole identity at its left, and nothing at its right.
    """

    left: Identity
    right: Identity

    @property
    def residual(self) -> Vector:
        return self.left.form - self.right.form


@dataclass(frozen=True, slots=True)
class Side:
    """`whole` gives the form to work on and where the net stands in it; `solve` the two sides.

    `stop` is what is stopped unless another is asked for; None leaves it to the variable.
    """

    name: str
    about: str
    whole: Callable[[Law], tuple[Vector, Vector]]
    solve: Callable[[Identity], Solved]
    stop: str | None = None
    is_prescribed: bool = False


def isolated(identity: Identity, kind: Kind, absent: tuple[str, str]) -> Solved:
    """Solved for the part of a kind: alone at the left, where that makes no pole.

    Elsewhere the identity is freed of its own poles, and the part keeps its number.
    """
    part = identity.part(kind)
    if part is None:
        raise NotDerived(*absent)
    whole = identity.over(part.factor)
    if not _poles(whole) <= _poles(identity):
        whole = identity.over(al.ONE / _denominator(identity))
    left = whole.only(kind)
    negative = al.text(left.parts[0].factor).startswith("-")
    whole = whole.negated() if negative else whole
    return Solved(whole.only(kind), whole.without(kind).negated())


def _poles(identity: Identity) -> frozenset[Scalar]:
    return frozenset(_powers(identity))


def _powers(identity: Identity) -> dict[Scalar, int]:
    """The factors of the denominators that may vanish, each with its highest power."""
    found: dict[Scalar, int] = {}
    for part in identity.parts:
        for prime, k in part.factor.primes:
            if not _is_of_sines(prime):
                found[prime] = max(k, found.get(prime, 0))
    return found


def _is_of_sines(prime: Scalar) -> bool:
    """`1 + tan^2`, over which sines and cosines stand: it has no zero."""
    return any(prime == 1 + generator(g) ** 2 for g in prime.gens if isinstance(g, Half))


def _denominator(identity: Identity) -> Scalar:
    out = al.ONE
    for prime, k in _powers(identity).items():
        out = out * prime**k
    return out
