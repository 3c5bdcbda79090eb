"""The atoms: what vectors and scalars are sums and products of. Interned, compared by identity.

A `Jet` is the one composite atom: a function (net, exact field, flow) at places and times,
with a derivative order per time and a symmetric tuple of directions, linear in each. Every
derivative, Taylor coefficient and JVP is a jet, so none of them needs a rule of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from fmdsl.algebra.field import Scalar
from fmdsl.algebra.intern import SQUARES, Gen, Leaf, Named

if TYPE_CHECKING:
    from fmdsl.algebra.vector import Vector

Velocity = Callable[..., "Vector"]


@dataclass(frozen=True, eq=False)
class Fn(Named):
    """A function symbol.

    `copy` is live, stopped (θ⁻) or ema; `of` is what a flow or a variation belongs to; `rule`
    defines a velocity that is a combination of others.
    """

    name: str
    role: str
    copy: str = "live"
    of: Fn | None = None
    rule: Velocity | None = None

    def as_copy(self, copy: str) -> Fn:
        return Fn(self.name, self.role, copy, self.of, self.rule)

    @property
    def trained(self) -> bool:
        return self.role in TRAINED

    @property
    def moves(self) -> bool:
        """Whether a variation of the weights moves it."""
        return self.trained and self.copy == "live"


TRAINED = ("student", "critic", "weight")


class Atom(Named):
    """A vector atom; `deps` are the symbols, states and functions it is made of."""


@dataclass(frozen=True, eq=False)
class Basis(Atom):
    """A named vector: a state, a random draw, or a formal place of a law."""

    name: str
    kind: str = "state"

    @property
    def deps(self) -> frozenset[Leaf]:
        return frozenset({self})


@dataclass(frozen=True, eq=False)
class Jet(Atom):
    """`∂^orders D^n fn(places, times, labels)[dirs]`; a direction is (slot of place, atom)."""

    fn: Fn
    places: tuple[Vector, ...]
    times: tuple[Scalar, ...]
    labels: tuple[str, ...]
    orders: tuple[int, ...]
    dirs: tuple[tuple[int, Atom], ...]

    def made(self) -> None:
        parts = [p.deps for p in self.places] + [s.deps for s in self.times]
        parts += [a.deps for _, a in self.dirs] + [frozenset({self.fn})]
        object.__setattr__(self, "_deps", frozenset[Leaf]().union(*parts))

    @property
    def deps(self) -> frozenset[Leaf]:
        return self.__dict__["_deps"]


@dataclass(frozen=True, eq=False)
class Symbol(Gen):
    """A time, a setting, or a formal scalar."""

    name: str
    kind: str = "time"

    @property
    def deps(self) -> frozenset[Leaf]:
        return frozenset({self})


@dataclass(frozen=True, eq=False)
class Dot(Gen):
    """The inner product of two atoms, the earlier-made first."""

    left: Atom
    right: Atom

    @property
    def deps(self) -> frozenset[Leaf]:
        return self.left.deps | self.right.deps


@dataclass(frozen=True, eq=False)
class Value(Gen):
    """A scalar-valued function: schedules, weights, discriminators, exp and log."""

    jet: Jet

    @property
    def deps(self) -> frozenset[Leaf]:
        return self.jet.deps


@dataclass(frozen=True, eq=False)
class Half(Gen):
    """`tan(angle / 2)`: sines and cosines are rational in it."""

    angle: Scalar

    @property
    def deps(self) -> frozenset[Leaf]:
        return self.angle.deps


@dataclass(frozen=True, eq=False)
class Root(Gen):
    """The square root of a polynomial scalar, with the name it is printed by."""

    square: Scalar
    name: str = ""

    def made(self) -> None:
        Gen.made(self)
        SQUARES[self.uid] = self.square.num

    @property
    def deps(self) -> frozenset[Leaf]:
        return self.square.deps
