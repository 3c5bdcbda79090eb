"""Vectors: finite sums of atoms with scalar coefficients, one form for each.

`at(fn, …)` is the only way to a jet: it expands the directions (a jet is linear in each),
orders them, and lets the laws of the function rewrite what they know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from typing import Any

from fmdsl.algebra.atoms import Atom, Fn, Jet
from fmdsl.algebra.field import ONE, ZERO, Number, Scalar, scalar
from fmdsl.algebra.intern import Leaf

Directions = Sequence[tuple[int, "Vector"]]
Rewrite = Callable[[Jet], "Vector | None"]
REWRITES: dict[str, Rewrite] = {}


class Vector:
    """A sum of atoms. Equal vectors have equal terms."""

    __slots__ = ("_deps", "_hash", "terms")

    def __init__(self, terms: Mapping[Atom, Scalar]) -> None:
        self.terms = {a: c for a, c in terms.items() if c.num}
        self._hash: int | None = None
        self._deps: frozenset[Leaf] | None = None

    @property
    def is_zero(self) -> bool:
        return not self.terms

    @property
    def deps(self) -> frozenset[Leaf]:
        if self._deps is None:
            parts = [a.deps | c.deps for a, c in self.terms.items()]
            self._deps = frozenset[Leaf]().union(*parts)
        return self._deps

    def coefficient(self, part: Vector) -> Scalar:
        """How much of a single atom is in the sum."""
        (one,) = part.terms
        return self.terms.get(one, ZERO)

    def __add__(self, other: Vector) -> Vector:
        return total(((ONE, self), (ONE, other)))

    def __sub__(self, other: Vector) -> Vector:
        return total(((ONE, self), (-ONE, other)))

    def __neg__(self) -> Vector:
        return Vector({a: -c for a, c in self.terms.items()})

    def __mul__(self, factor: Scalar | Number) -> Vector:
        k = scalar(factor)
        return Vector({a: k * c for a, c in self.terms.items()})

    __rmul__ = __mul__

    def __truediv__(self, factor: Scalar | Number) -> Vector:
        return self * (ONE / scalar(factor))

    def __eq__(self, other: object) -> bool:
        return self is other or (isinstance(other, Vector) and self.terms == other.terms)

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __repr__(self) -> str:
        from fmdsl.algebra.show import text

        return text(self)


NULL = Vector({})


def atom(a: Atom) -> Vector:
    """An atom as a vector."""
    return Vector({a: ONE})


def total(parts: Iterable[tuple[Scalar, Vector]]) -> Vector:
    """The sum of `coefficient * vector`."""
    out: dict[Atom, Scalar] = {}
    for k, v in parts:
        for a, c in v.terms.items():
            scaled = k * c
            out[a] = out[a] + scaled if a in out else scaled
    return Vector(out)


def at(
    fn: Fn,
    places: Sequence[Vector],
    times: Sequence[Scalar],
    labels: Sequence[str] = (),
    orders: Sequence[int] | None = None,
    dirs: Directions = (),
) -> Vector:
    """The jet of `fn`, expanded in its directions and rewritten by its laws."""
    ranks = tuple(orders or [0] * len(times))
    frame = (fn, tuple(places), tuple(times), tuple(labels), ranks)
    if not dirs:
        return _lawful(Jet(*frame, ()))
    slots = [slot for slot, _ in dirs]
    parts: list[tuple[Scalar, Vector]] = []
    for pick in product(*(d.terms.items() for _, d in dirs)):
        weight = ONE
        for _, c in pick:
            weight = weight * c
        chosen = zip(slots, (a for a, _ in pick), strict=True)
        ordered = tuple(sorted(chosen, key=lambda pair: (pair[0], pair[1].uid)))
        parts.append((weight, _lawful(Jet(*frame, ordered))))
    return total(parts)


def again(jet: Jet, **changes: Any) -> Vector:
    """The jet with some of its parts changed; directions are given as vectors."""
    parts: dict[str, Any] = {
        "places": jet.places, "times": jet.times, "labels": jet.labels, "orders": jet.orders,
        "dirs": directions(jet), "fn": jet.fn,
    }  # fmt: skip
    return at(**(parts | changes))


def directions(jet: Jet) -> list[tuple[int, Vector]]:
    """The directions of a jet with their slots, as vectors."""
    return [(slot, atom(a)) for slot, a in jet.dirs]


def _lawful(jet: Jet) -> Vector:
    law = REWRITES.get(jet.fn.role)
    rewritten = law(jet) if law else None
    return atom(jet) if rewritten is None else rewritten
