"""`expect(y, given=z)`: the affine rule for the ends of a path, given the state."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.proofs.law import velocity_of, weights_at, without_sg
from fmdsl.proofs.rules import Form, Untranslated
from fmdsl.terms.term import Term, walk

if TYPE_CHECKING:
    from fmdsl.proofs.translate import Translator


def path_at(term: Term) -> Term | None:
    """The path whose state a term is."""
    return next((p for p in walk(term) if p.op == "path" and p.key == term.key), None)


def expected(read: Translator, t: Term) -> Form:
    """Data, noise, conditional velocity and their affine combinations, given the state."""
    of, given = t.args[0], t.args[1]
    path = path_at(given)
    if path is None:
        raise Untranslated(t, "expectation given something that is not a state on the path")
    _, data, noise, clock = path.args
    z, level = read.vector(given), read.scalar(clock)
    v = velocity_of(data)(z, level, *read.labels)
    weights = weights_at(read.spec, level)
    ends = {data.key: weights.data(z, v), noise.key: weights.noise(z, v)}
    ends[without_sg(data).key] = ends[data.key]
    return _affine(read, of, ends, t)


def _affine(read: Translator, of: Term, ends: dict[int, Vector], whole: Term) -> Vector:
    """The form of `of` with the ends of the path replaced by their means."""
    marks = {key: al.random(f"⟨{key}⟩") for key in ends}
    from fmdsl.proofs.translate import Translator as Fresh

    inner = Fresh(read.spec, {**read.known, **marks}, read.labels)
    form = inner.vector(of)
    values = {marks[key]: mean for key, mean in ends.items()}
    names = {al.basis(mark) for mark in values}
    if any(names & set(a.deps) and a not in names for a in form.terms):
        raise Untranslated(whole, "no law gives this expectation")
    return al.put(form, values)
