"""The sides of the branches of a term that draws decide: each is proved on its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fractions import Fraction
from itertools import product
from math import isfinite

from fmdsl import algebra as al
from fmdsl.proofs.clocks import below, schedules
from fmdsl.proofs.contexts import context_places
from fmdsl.proofs.fields import velocity_body
from fmdsl.proofs.law import without_sg
from fmdsl.proofs.pieces import Piece
from fmdsl.proofs.stepped import Way, within
from fmdsl.proofs.translate import decided
from fmdsl.semantics.elaborated import Elaborated, Equation
from fmdsl.semantics.gradient import Gradient
from fmdsl.semantics.ranges import ranges
from fmdsl.terms.term import Term, number, walk

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


def sides(
    spec: Elaborated, piece: Piece, gradient: Gradient, asked: Iterable[Term]
) -> Iterator[tuple[tuple[Term, bool], ...]]:
    """Every way in which the branches of a piece can go.

    How a sample was made is none of them, nor how a context was.
    """
    more = (a for a in asked if a.free & piece.core.free)
    held = frozenset(schedules(piece.core)) | _samples(piece, gradient) | _contexts(spec, piece)
    return ways(below((piece.core,), held), more)


def _samples(piece: Piece, gradient: Gradient) -> frozenset[int]:
    """The end of the paths below that a net made, where it is one and no gradient reaches it."""
    ends = [t.args[1] for t in walk(piece.core) if t.op == "path"]
    made = [d for d in ends if without_sg(d).op != "draw" and not gradient.reached(d)]
    outer = [d for d in made if not any(d.key in _keys(o.args) for o in made)]
    one = len({without_sg(d).key for d in outer}) == 1
    return frozenset(k for d in outer for k in (d.key, without_sg(d).key)) if one else frozenset()


def _contexts(spec: Elaborated, piece: Piece) -> frozenset[int]:
    calls = [t for t in walk(piece.core) if t.op == "jet" and t["copy"] != "exact"]
    return frozenset(c.place[i].key for c in calls for i in context_places(spec, c))


def _keys(roots: tuple[Term, ...]) -> set[int]:
    return {t.key for t in walk(*roots)}


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
        way = tuple(zip(conditions.values(), held, strict=True))
        if not any(_denies(a, b) for a in way for b in way):
            yield way


def _denies(one: tuple[Term, bool], other: tuple[Term, bool]) -> bool:
    """Whether `n < 2` and not `n < 3`."""
    (a, yes), (b, no) = one, other
    if not yes or no or a.op != b.op or a.op not in ("<", "<="):
        return False
    low, high = number(a.args[1]), number(b.args[1])
    return a.args[0] == b.args[0] and low is not None and high is not None and low <= high
