"""Given what the expectation of a term is taken: the state at which the learner is called.

On `z = path(x, e, t)` the conditional velocity is `v(z, t) + ξ` with `E[ξ given z] = 0`, and
x and e are the two combinations of z and `v + ξ` that make it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.calls import labels_of
from fmdsl.proofs.clocks import free_clocks, schedules
from fmdsl.proofs.contexts import law_given
from fmdsl.proofs.law import velocity_of, weights_at, without_sg
from fmdsl.proofs.pieces import Piece
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.gradient import Gradient
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk

XI = al.random("ξ")
Form = TypeVar("Form", Scalar, Vector)


@dataclass(frozen=True)
class Frame:
    """How the terms of a piece are read: its translator, and what its draws are given z.

    `state` is None where the learner is called at no state on a path: then everything holds
    draw by draw or not at all.
    """

    read: Translator
    state: Term | None = None
    z: Vector = al.NULL
    velocity: Vector = al.NULL
    draws: dict[Any, Vector] = field(default_factory=dict[Any, Vector])

    def given(self, form: Form) -> Form:
        """The form in terms of z and ξ."""
        return al.put(form, self.draws) if self.draws else form


@dataclass(frozen=True, slots=True)
class Branch:
    """What is assumed of a piece: the way of its branches, ended schedules, known forms."""

    cases: tuple[tuple[Term, bool], ...] = ()
    ended: bool = False
    known: tuple[tuple[int, Any], ...] = ()

    def translator(
        self, spec: Elaborated, known: dict[int, Any], labels: tuple[str, ...]
    ) -> Translator:
        taken = {condition.key: held for condition, held in self.cases}
        empty = self.empty
        given = tuple("null" if name in empty else name for name in labels)
        names = dict.fromkeys(empty, "null")
        known = {**known, **{low.key: _clock(high) for low, high in self.equal(spec)}}
        return Translator(spec, known, given, taken, ended=self.ended, renamed=names)

    def equal(self, spec: Elaborated) -> Iterator[tuple[Term, Term]]:
        """Clocks that are one on this side: `r < t` fails for ordered draws where r is t."""
        ordered = {d.names for d in spec.draws if d.law.name == "ordered"}
        for condition, held in self.cases:
            low, *rest = condition.bare.args
            high = rest[0].bare if rest else low.bare
            names = tuple(x["name"] for x in (low.bare, high) if x.op == "draw")
            if not held and condition.bare.op == "<" and names in ordered:
                yield low.bare, high

    @property
    def empty(self) -> frozenset[str]:
        """The labels that are empty on this side of the branches."""
        asked = [(c.bare, held) for c, held in self.cases if c.bare.op == "labelled"]
        return frozenset(c.args[0].bare["name"] for c, held in asked if not held)

    @property
    def words(self) -> str:
        """`where t < 0.75`."""
        told = [_comparison(c, held) for c, held in self.cases]
        told += ["the schedules have ended"] if self.ended else []
        return " and ".join(told)


def _clock(draw: Term) -> Scalar:
    return al.time(draw["name"])


def _comparison(c: Term, held: bool) -> str:
    if len(c.args) != 2:
        return show_term(c) if held else f"not {show_term(c)}"
    told = f"{show_term(c.args[0])} {c.op} {show_term(c.args[1])}"
    return told if held else f"not {told}"


def frame(spec: Elaborated, piece: Piece, gradient: Gradient, branch: Branch) -> Frame:
    """The frame of a term of a loss."""
    arrivals = gradient.arrivals(piece.core)
    held = {} if branch.ended else schedules(piece.core, *piece.weights)
    clocks = free_clocks(piece.core, *piece.weights)
    known: dict[int, Any] = {**clocks, **held, **dict(branch.known)}
    labels = next((labels_of(a.call) for a in arrivals if labels_of(a.call)), ())
    path = next((p for a in arrivals for p in _paths(a.call.place)), None)
    if path is None:
        return Frame(branch.translator(spec, known, labels))
    known[path.key] = al.state(_name(path, spec))
    calls = (a.call for a in arrivals if path in tuple(_paths(a.call.place)))
    labels = (*labels, *next((law_given(spec, c, path) for c in calls), ()))
    return _on_path(spec, path, branch.translator(spec, known, labels), gradient)


def _paths(place: tuple[Term, ...]) -> Iterator[Term]:
    """The states on a path at which a net is called, as seen from outside."""
    for argument in place:
        if argument.type.is_vector:
            yield from (t for t in walk(argument) if t.op == "path")


def _name(path: Term, spec: Elaborated) -> str:
    """The state's name in the spec, `z` where it has none."""
    return next((n for n, let in spec.lets.items() if let.key == path.key), "z")


def _on_path(spec: Elaborated, path: Term, read: Translator, gradient: Gradient) -> Frame:
    _, data, noise, clock = path.args
    known, labels = read.known, read.labels
    sample = without_sg(data)
    if sample.op != "draw" and not gradient.reached(data):
        known[sample.key] = known[data.key] = al.random("y")
    z, level = read.vector(path), read.scalar(clock)
    v = velocity_of(data)(z, level, *labels)
    weights = weights_at(spec, level)
    ends = ((data, weights.data(z, v + XI)), (noise, weights.noise(z, v + XI)))
    draws: dict[Any, Vector] = {}
    for term, mean in ends:
        drawn = _single(read.vector(term))
        if drawn is None:
            return Frame(read, path, z, v)
        factor, draw = drawn
        draws[draw] = mean / factor
    return Frame(read, path, z, v, draws)


def _single(form: Vector) -> tuple[Scalar, Vector] | None:
    """The draw that an end of a path is, and the number it is scaled by."""
    if len(form.terms) != 1:
        return None
    ((a, c),) = form.terms.items()
    return (c, Vector({a: al.ONE})) if a in al.random(getattr(a, "name", "")).terms else None
