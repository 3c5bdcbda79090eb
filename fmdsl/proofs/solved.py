"""An identity solved for its net: the net's value at the places and times where it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol, Vector
from fmdsl.algebra.field import generator
from fmdsl.algebra.vector import atom
from fmdsl.proofs.clocks import free_clocks
from fmdsl.proofs.contexts import own_labels
from fmdsl.proofs.fields import labels_as
from fmdsl.proofs.linear import Unknown, solve_clocks
from fmdsl.proofs.rules import Form
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborated import Elaborated, Equation
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True)
class Solved:
    """`net(places, times) = value`, in the symbols of the places and times."""

    value: Vector
    places: tuple[Vector, ...]
    times: tuple[Scalar, ...]

    @property
    def fixed(self) -> frozenset[int]:
        """The clocks that are numbers, or are named twice: the identity holds on a slice."""
        twice = {
            i for i, s in enumerate(self.times) if s in self.times[:i] or s in self.times[i + 1 :]
        }
        return frozenset({i for i, s in enumerate(self.times) if s.is_number} | twice)

    def at(self, args: list[Any], anywhere: bool = False) -> Vector:
        """The value at other arguments: the symbols are found by inverting the old ones.

        `anywhere` reads a slice's formula off the slice, for a caller that has looked.
        """
        n = len(self.places)
        found = solve_clocks(self.times, args[n:], anywhere)
        put: dict[Any, Any] = {generator(s): v for s, v in found.items()}
        for place, given in zip(self.places, args[:n], strict=True):
            put[_state(place)] = _inverse(place, given, found)
        missing = [s for s in al.symbols(self.value) if s.kind == "time"]
        lost = [s.name for s in missing if s not in found]
        if lost:
            raise Unknown(f"the net is not given {', '.join(lost)}, which its identity speaks of")
        return al.put(self.value, put)


def _state(place: Vector) -> Vector:
    found = [a for a in place.terms if not isinstance(a, Jet)]
    if len(found) != 1:
        raise Unknown(f"the identity's net is called at {al.text(place)}, which is no state")
    return atom(found[0])


def _inverse(place: Vector, given: Vector, times: dict[Symbol, Scalar]) -> Vector:
    """The state at which the identity's place is the given one."""
    state = _state(place)
    put: dict[Any, Any] = {generator(s): v for s, v in times.items()}
    factor = place.coefficient(state)
    rest = place - factor * state
    if state.terms.keys() & rest.deps:
        raise Unknown("the identity's place is not linear in the state")
    moved = {k: v for k, v in put.items() if al.symbol(k) in factor.deps | rest.deps}
    return (given - al.put(rest, moved)) / al.put(factor, moved)


def solve(
    e: Equation,
    spec: Elaborated,
    net: al.Net,
    labels: tuple[str, ...],
    elsewhere: Callable[[tuple[str, ...]], Solved],
) -> Solved:
    """An identity under these labels, solved for the net; `elsewhere` solves it under others.

    Raises Unknown where it is not linear in one call of the net.
    """
    known = states(e.left, e.right) | free_clocks(e.left, e.right)
    names = labels_as(spec, labels)
    read = Translator(spec, known, labels, renamed=names, stepped=True)
    form: Form = read(e.left)
    other: Any = read(e.right)
    difference: Any = form - other
    if isinstance(difference, Scalar):
        raise Unknown("an identity between numbers is not solved for a net")
    own = [a for a in difference.terms if isinstance(a, Jet) and a.fn == net.fn and not a.dirs]
    asked = [a for a in own if a.labels == labels] if len(own) > 1 else own
    if len(asked) != 1 or any(k for a in own for k in a.orders):
        raise Unknown("the identity holds the net at several places, or its derivative")
    jet = asked[0]
    difference = _under_one_label(difference, own, jet, elsewhere)
    rest = difference - difference.terms[jet] * atom(jet)
    value = -rest / difference.terms[jet]
    return Solved(value, jet.places, jet.times)


def _under_one_label(
    form: Vector, own: list[Jet], asked: Jet, elsewhere: Callable[[tuple[str, ...]], Solved]
) -> Vector:
    """The form with calls of the net under other labels at what the identity says of them.

    `T(z, t, null) + w (T(z, t, c) - T(z, t, null)) = velocity(z, t)` says without a label what
    `T(z, t, null)` is, and so what `T(z, t, c)` is.
    """
    for jet in own:
        if jet != asked:
            if not _is_empty(jet) or _is_empty(asked):
                raise Unknown("the identity holds the net at several places, or its derivative")
            value = elsewhere(jet.labels).at([*jet.places, *jet.times])
            form = form + form.terms[jet] * (value - atom(jet))
    return form


def _is_empty(jet: Jet) -> bool:
    return own_labels(jet.labels) == ("null",)


def states(*roots: Term) -> dict[int, Vector]:
    """The states that an identity speaks of, by key: at one level they are one point, of two laws.

    Those on the path, and any other that it gives to both a net and an exact object.
    """
    found: dict[int, Vector] = {}
    levels: dict[int, Vector] = {}
    for t in walk(*roots):
        if t.op == "path":
            fresh = al.state("z" + "'" * len(levels))
            found[t.key] = levels.setdefault(t.args[3].key, fresh)
    for key in sorted(_shared(*roots) - found.keys()):
        found[key] = al.state("z" + "'" * len(found))
    return found


def _shared(*roots: Term) -> frozenset[int]:
    """The places at which both a net and an exact object are read."""
    calls = [t for t in walk(*roots) if t.op == "jet" and t.place]
    exact = {t.place[0].key for t in calls if t["copy"] == "exact"}
    return frozenset(exact & {t.place[0].key for t in calls if t["copy"] != "exact"})
