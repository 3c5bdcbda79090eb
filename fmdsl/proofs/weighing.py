"""Weights that depend on the residual: they move the stationary point to `E[w Δ] = 0`."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.proofs.case import Part
from fmdsl.proofs.frame import Frame
from fmdsl.proofs.verdict import short
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term

_LONG = 60


def bent_by(part: Part) -> tuple[str, ...]:
    """The weights of a term that are random given the state, in words."""
    return tuple(dict.fromkeys(_bent_by(part)))


def _bent_by(part: Part) -> Iterator[str]:
    piece, where = part.piece, part.varied.frame
    for weight in (*piece.weights, *where.read.opaque.values()):
        if is_random(weight, where):
            yield f"`{short(show_term(weight), _LONG)}`"
    if piece.bend is not None and is_random(piece.core, where):
        yield f"`{piece.bend.op}`"


def is_random(term: Term, where: Frame) -> bool:
    """Whether a term depends on the draws beyond the state that they make."""
    if where.state is None:
        return False
    inside = {t.key for t in (where.state, *_ends(where))}
    names = {n for end in _ends(where) for n in end.free}
    return any(_is_draw(t, names) for t in _outside(term, inside - {e.key for e in _ends(where)}))


def _ends(where: Frame) -> tuple[Term, ...]:
    return () if where.state is None else where.state.args[1:3]


def _is_draw(t: Term, names: set[str]) -> bool:
    return t.op == "draw" and t.type.is_vector and t["name"] in names


def _outside(root: Term, closed: set[int]) -> Iterator[Term]:
    """Every term below that is not inside one of the closed ones."""
    seen: set[int] = set()
    stack = [root]
    while stack:
        t = stack.pop().bare
        if t.key in closed or t.key in seen:
            continue
        seen.add(t.key)
        yield t
        stack.extend(t.args)


def is_constant(weight: Term) -> bool:
    """A number, or arithmetic of numbers and settings: part of a factor between gradients."""
    return not weight.batched and all(t.op in _CONSTANTS for t in _outside(weight, set()))


_CONSTANTS = frozenset({"const", "setting", "+", "-", "*", "/", "neg"})


def weight_words(part: Part) -> str:
    """The weights of a term in the spec's words, and what its square goes through."""
    told = [short(show_term(w), _LONG) for w in part.piece.weights if not is_constant(w)]
    told += [part.piece.bend.op] if part.piece.bend is not None else []
    return " * ".join(told)
