"""The sides of the branches of a term that draws decide: each is proved on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from math import isfinite

from fmdsl import algebra as al
from fmdsl.proofs.clocks import below, schedules
from fmdsl.proofs.fields import velocity_body
from fmdsl.proofs.pieces import Piece
from fmdsl.proofs.stepped import Way, within
from fmdsl.proofs.translate import decided
from fmdsl.semantics.elaborated import Elaborated, Equation
from fmdsl.semantics.ranges import ranges
from fmdsl.terms.term import Term, walk

_MOST_CASES = 4


def questions(spec: Elaborated, equations: Iterable[Equation]) -> tuple[Term, ...]:
    """What identities ask of labels: a term is split by it, though it does not ask itself."""
    whole = [side for e in equations for side in (e.left, e.right)]
    named = [velocity_body(spec, n) for n in _velocities(whole)]
    return tuple(t.bare for t in walk(*whole, *named) if t.op == "labelled")


def domains(spec: Elaborated) -> Iterator[Way]:
    """What is known of the steps of clocks by the supports of their laws."""
    for name, (low, high) in ranges(spec).known.items():
        ends = [al.scalar(Fraction(e)) for e in (low, high) if isfinite(e)]
        if isinstance(name, str) and len(ends) == 2:
            yield from within(al.time(name), *ends)


def _velocities(sides: Iterable[Term]) -> Iterator[str]:
    """The names in `of=name`."""
    exact = (t["fn"] for t in walk(*sides) if t.op == "jet" and t["copy"] == "exact")
    return (name.partition("[")[2].rstrip("]") for name in exact if "[" in name)


def sides(piece: Piece, asked: Iterable[Term]) -> Iterator[tuple[tuple[Term, bool], ...]]:
    """Every way in which the branches of a piece can go."""
    more = (a for a in asked if a.free & piece.core.free)
    return ways(below((piece.core,), frozenset(schedules(piece.core))), more)


def ways(
    terms: Iterable[Term], more: Iterable[Term] = ()
) -> Iterator[tuple[tuple[Term, bool], ...]]:
    """Every way in which the branches among terms can go; none where there are many."""
    conditions = {
        t.args[0].key: t.args[0].bare
        for t in terms
        if t.op == "where" and decided(t.args[0]) is None
    }
    conditions |= {a.key: a for a in more}
    if len(conditions) > _MOST_CASES:
        conditions = {}
    for held in product((True, False), repeat=len(conditions)):
        yield tuple(zip(conditions.values(), held, strict=True))
