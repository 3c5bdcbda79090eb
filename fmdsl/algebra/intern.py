"""Interning: one object per structure, numbered by first appearance."""

from __future__ import annotations

from collections.abc import Hashable
from itertools import count
from typing import Any, ClassVar

from fmdsl.algebra.poly import Poly

Leaf = Hashable


class Interned(type):
    """One object per structure: equality is identity and a hash costs nothing."""

    _pool: ClassVar[dict[tuple[Any, ...], Any]] = {}

    def __call__(cls, *args: Any) -> Any:
        made = super().__call__(*args)
        key = (cls, *(getattr(made, part) for part in made.__match_args__))
        found = Interned._pool.setdefault(key, made)
        if found is made:
            object.__setattr__(made, "uid", next(_numbers))
            made.made()
        return found


_numbers = count()
GENS: dict[int, Gen] = {}
SQUARES: dict[int, Poly] = {}


class Named(metaclass=Interned):
    """An interned object; `uid` orders by first appearance, parts before wholes."""

    uid: int

    @property
    def deps(self) -> frozenset[Leaf]:
        """The symbols, states and functions it is made of."""
        return frozenset()

    def made(self) -> None:
        """Called once, when the object is new and numbered."""


class Gen(Named):
    """A generator of the scalar field; `deps` are the named things it is made of."""

    def made(self) -> None:
        GENS[self.uid] = self
