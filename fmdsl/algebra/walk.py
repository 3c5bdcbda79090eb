"""What a form is made of: every jet in it, at any depth."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.algebra.atoms import Atom, Dot, Half, Jet, Root, Symbol, Value
from fmdsl.algebra.field import Scalar
from fmdsl.algebra.vector import Vector


def jets(form: Scalar | Vector) -> Iterator[Jet]:
    """Each jet once, outer before inner: in terms, products, places, times and directions."""
    seen: set[Jet] = set()
    waiting: list[Scalar | Vector | Atom] = [form]
    while waiting:
        part = waiting.pop()
        if isinstance(part, Jet):
            if part in seen:
                continue
            seen.add(part)
            yield part
        waiting.extend(_parts(part))


def symbols(form: Scalar | Vector) -> list[Symbol]:
    """The times, settings and formal scalars of a form, by name."""
    found = (s for s in form.deps if isinstance(s, Symbol))
    return sorted(found, key=lambda s: (s.name, s.kind))


def _parts(part: Scalar | Vector | Atom) -> list[Scalar | Vector | Atom]:
    if isinstance(part, Vector):
        return [*part.terms, *part.terms.values()]
    if isinstance(part, Jet):
        return [*part.places, *part.times, *(a for _, a in part.dirs)]
    if isinstance(part, Scalar):
        return [inner for g in part.gens for inner in _inside(g)]
    return []


def _inside(gen: object) -> list[Scalar | Vector | Atom]:
    match gen:
        case Dot(left, right):
            return [left, right]
        case Value(jet):
            return [jet]
        case Half(angle):
            return [angle]
        case Root(square):
            return [square]
        case _:
            return []
