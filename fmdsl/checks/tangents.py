"""Written tangents against derived ones: along which clock a direction is a total derivative."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from fmdsl.semantics.differentiate import NotDifferentiable, differentiate
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.build import constant, is_zero, poly
from fmdsl.terms.level import ZERO, Poly
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True, slots=True)
class Along:
    """The tangents along one clock in words, and which of the written ones are others."""

    clock: str
    words: tuple[str, ...]
    wrong: tuple[int, ...]
    moves: bool


def along(spec: Elaborated, base: Term, direction: tuple[Term, ...]) -> Along | None:
    """The clock along which a direction is right or, if there is none, nearest to right.

    None where there is nothing to compare with: no clock at all, or a direction that is no
    velocity and holds every clock, such as a random probe.
    """
    if _is_probe(base, direction):
        return None
    clocks = _clocks(spec, base)
    found = [_compare(base, direction, c, held) for c in clocks for held in _holds(clocks, c)]
    right = next((a for a in found if not a.wrong), None)
    return right or _nearest(found, base, direction)


def _nearest(found: list[Along], base: Term, direction: tuple[Term, ...]) -> Along | None:
    """Fewest wrong tangents; where the state is made to move, along a clock that moves it."""
    pushed = any(a.type.is_vector and not is_zero(d) for a, d in zip(base.place, direction))
    moving = [a for a in found if a.moves] if pushed else found
    level = next((a.type.level for a in base.place if a.type.level is not None), None)
    own = level.show() if level is not None and level.terms else ""
    return min(moving or found, key=lambda a: (len(a.wrong), a.clock != own), default=None)


def _is_probe(base: Term, direction: tuple[Term, ...]) -> bool:
    states = [d for a, d in zip(base.place, direction) if a.type.is_vector and not is_zero(d)]
    held = all(is_zero(d) for a, d in zip(base.place, direction) if a.type.is_scalar)
    return held and bool(states) and not any(map(_is_velocity, states))


def _is_velocity(direction: Term) -> bool:
    kind = direction.type
    return kind.mass == ZERO and kind.moment is not None and kind.moment != ZERO


def _clocks(spec: Elaborated, base: Term) -> dict[str, Term]:
    """Numbers that the place depends on: drawn, defined, or a sampler's own."""
    ops = ("draw", "param", "let")
    inside = [t for t in walk(*base.place) if t.op in ops and t.type.kind == "scalar"]
    return {t["name"]: t for t in inside if "(" not in t["name"]}


def _holds(clocks: Mapping[str, Term], clock: str) -> Iterator[dict[str, Term]]:
    """The derivative with nothing held, and with every other number held that is no gap."""
    yield {}
    others = {n: t for n, t in clocks.items() if n != clock and t.op == "let"}
    held = {n: constant(0) for n, t in others.items() if not _is_gap(t)}
    if held:
        yield held


def _is_gap(clock: Term) -> bool:
    """`t - r`: it moves whenever one of its clocks moves and the other is held."""
    value = poly(clock)
    return value is not None and len(value.terms) > 1 and sum(c for _, c in value.terms) == 0


def _compare(base: Term, direction: tuple[Term, ...], clock: str, held: dict[str, Term]) -> Along:
    seeds = {**held, clock: constant(1)}
    derived = [_derived(a, seeds) for a in base.place]
    pairs = list(zip(base.place, direction, derived))
    wrong = tuple(i for i, (a, d, w) in enumerate(pairs) if not _agrees(a, d, w))
    moves = any(a.type.is_vector and not is_zero(w) for a, _, w in pairs if w is not None)
    return Along(clock, tuple(_word(a, w) for a, w in zip(base.place, derived)), wrong, moves)


def _derived(argument: Term, seeds: Mapping[str, Term]) -> Term | None:
    """The tangent of an argument; None where it is not known."""
    if argument.bare.op == "param" and argument.type.is_vector:
        return _at_level(argument, seeds)
    try:
        return differentiate(argument, seeds)
    except NotDifferentiable:
        return None


def _at_level(state: Term, seeds: Mapping[str, Term]) -> Term | None:
    """A sampler's own state moves where its clock does."""
    level = state.type.level
    moved = level is not None and bool(level.atoms & set(seeds))
    return None if moved else constant(0)


def _agrees(argument: Term, given: Term, derived: Term | None) -> bool:
    if derived is None:
        return True
    if is_zero(given) or is_zero(derived):
        return is_zero(given) and is_zero(derived)
    if argument.type.is_vector:
        return _same_span(given, derived)
    return poly(given) == poly(derived)


def _same_span(given: Term, derived: Term) -> bool:
    """Whether two tangents of a state may be the same: any velocity is as good as another."""
    if given.type.mass is None or derived.type.mass is None:
        return True
    spans = (given.type.moment, derived.type.moment)
    known = [s for s in spans if isinstance(s, Poly)]
    return given.type.mass == ZERO and (len(known) < 2 or known[0] == known[1])


def _word(argument: Term, derived: Term | None) -> str:
    if derived is None:
        return "…"
    if is_zero(derived):
        return "0"
    if argument.type.is_scalar:
        return _formula(poly(derived)) or show_term(derived)
    span = _formula(derived.type.moment) or "1"
    return "its velocity" if span == "1" else f"({span}) * its velocity"


def _formula(value: Poly | None) -> str | None:
    """In names alone, None where it holds more."""
    if value is None or not all(isinstance(a, str) for a in value.atoms):
        return None
    return value.show()
