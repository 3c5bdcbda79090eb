"""`D(e, t)`: total derivatives of terms, every tangent derived.

Draws are independent variables and held; lets are functions of them; nets are functions of
their arguments. The rules: the variable itself has tangent 1, a let may be the variable and
is then cut there, `sg` commutes with `D`, and a net contributes its derivative along the
tangents of its arguments (a jet of one order more).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fmdsl.ops import OPERATORS
from fmdsl.terms.build import add, constant, is_zero, poly
from fmdsl.terms.level import ZERO, Poly
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import BOOL, VECTOR, Type, affine, tangent

_HELD = frozenset(
    {"const", "setting", "progress", "null", "draw", "param", "pi", "expect", "fresh"}
)


class NotDifferentiable(Exception):
    """An operator through which `D` does not pass; `term` is where."""

    def __init__(self, term: Term) -> None:
        self.term = term
        super().__init__(term.op)


@dataclass(slots=True)
class _Forward:
    """One sweep of forward differentiation; `seeds` are tangents of named variables."""

    seeds: Mapping[str, Term]
    done: dict[int, Term] = field(default_factory=dict[int, Term])

    def __call__(self, term: Term) -> Term:
        if id(term) not in self.done:
            self.done[id(term)] = self._tangent(term)
        return self.done[id(term)]

    def _tangent(self, term: Term) -> Term:
        if term.op in ("draw", "param", "let", "setting") and term["name"] in self.seeds:
            return self.seeds[term["name"]]
        # a comparison is constant but for jumps, and so is what `where` chooses by
        if term.op in _HELD or term.type == BOOL:
            return constant(0)
        if term.op == "let":
            return self(term.args[0])
        inner = tuple(self(a) for a in term.args)
        if all(is_zero(d) for d in inner):
            return constant(0)
        if term.op == "sg":
            return make("sg", inner[0], type=inner[0].type, span=term.span)
        if term.op == "jet":
            return _jet_tangent(term, inner)
        if term.op == "path":
            return _path_tangent(term, inner)
        rule = OPERATORS[term.op].tangent if term.op in OPERATORS else None
        if rule is None:
            raise NotDifferentiable(term)
        return rule(term, inner).at(term.span)


def differentiate(term: Term, seeds: Mapping[str, Term]) -> Term:
    """The derivative of `term` when each named variable moves along its seed.

    Raises NotDifferentiable where a declared operator has no derivative.
    """
    return _Forward(seeds)(term)


def _jet_tangent(term: Term, inner: tuple[Term, ...]) -> Term:
    """`D` of the k-th derivative: one order more, plus the directions' own tangents."""
    n = len(term.place)
    place, moved = inner[:n], inner[n:]
    total = constant(0) if all(map(is_zero, place)) else jet(term, (*term.directions, place))
    for i in range(term["order"]):
        change = moved[i * n : (i + 1) * n]
        if not all(map(is_zero, change)):
            swapped = (*term.directions[:i], change, *term.directions[i + 1 :])
            total = add(total, jet(term, swapped))
    return total


def jet(base: Term, directions: tuple[tuple[Term, ...], ...]) -> Term:
    """The derivative of the function of `base` at its place along `directions`."""
    flat = tuple(a for direction in directions for a in direction)
    attrs = {**dict(base.attrs), "order": len(directions)}
    kind = _jet_type(base, directions)
    return make("jet", *base.place, *flat, type=kind, span=base.span, **attrs)


def _jet_type(base: Term, directions: tuple[tuple[Term, ...], ...]) -> Type:
    """A velocity's derivative is a difference; a point's is as long as its level moves."""
    kind = base.type
    if kind.mass is None or kind.moment is None:
        return VECTOR if kind.is_vector else kind
    if base["order"] > 0 or len(directions) != 1:
        return tangent(ZERO)
    return affine(ZERO, _moved(kind.moment, base, directions[0]))


def _moved(level: Poly, base: Term, direction: tuple[Term, ...]) -> Poly | None:
    """How fast the level moves: by the direction of the clock that it names."""
    if level.value is not None:
        return ZERO
    for argument, change in zip(base.place, direction, strict=True):
        if poly(argument) == level:
            return poly(change)
    return None


def _path_tangent(term: Term, inner: tuple[Term, ...]) -> Term:
    """Along a path with its ends held: the conditional velocity times the clock's speed."""
    speed = poly(inner[3])
    if is_zero(inner[1]) and is_zero(inner[2]) and speed is not None:
        return inner[0].typed(tangent(speed, "conditional"))
    return inner[0]
