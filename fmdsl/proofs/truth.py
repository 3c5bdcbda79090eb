"""What each net is at the optimum: its identity solved for the net, as a formula of arguments.

`f(z, t) = flow(z, t, 0)` with `f = z - t u(z, 0, t)` says `u(z, 0, t) = (z - flow(z, t, 0)) / t`,
and says nothing of u elsewhere. An identity about a teacher or a frozen net is an assumption.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol, Vector
from fmdsl.algebra.field import generator
from fmdsl.algebra.vector import atom
from fmdsl.algebra.walk import jets
from fmdsl.proofs.calls import labels_of, net_of
from fmdsl.proofs.clocks import free_clocks
from fmdsl.proofs.fields import labels_as
from fmdsl.proofs.linear import Unknown, solve_clocks
from fmdsl.proofs.parameters import renamed, under_one_name
from fmdsl.proofs.rules import Form, Untranslated
from fmdsl.proofs.stepped import SIDE, decided
from fmdsl.proofs.translate import Translator
from fmdsl.semantics.elaborated import Elaborated, Equation, Output
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True)
class Truth:
    """A net as a formula: call it with places, times and labels as the net is called.

    Raises Unknown where the identity is silent.
    """

    output: Output
    equation: Equation
    spec: Elaborated
    labels: tuple[str, ...]
    _values: dict[tuple[str, ...], _Solved] = field(default_factory=dict)

    @property
    def is_assumption(self) -> bool:
        return not self.output.is_trained

    @property
    def words(self) -> str:
        """`T(z, t, c) = velocity(z, t)`, or that a critic has converged to its identity."""
        told = f"{show_term(self.equation.left)} = {show_term(self.equation.right)}"
        return told if self.is_assumption else f"{self.output.name} has converged: {told}"

    def solved(self, labels: tuple[str, ...]) -> _Solved:
        """The identity under these labels, solved for the net."""
        if labels not in self._values:
            self._values[labels] = _solve(self, labels)
        return self._values[labels]

    def __call__(self, *args: Any) -> Vector:
        labels = tuple(a for a in args if isinstance(a, str))
        return self.solved(labels).at([a for a in args if not isinstance(a, str)])

    def holds_at(self, jet: Jet) -> bool:
        """Whether the identity speaks of the net where the jet takes it.

        A derivative by a clock that the identity fixes is not spoken of.
        """
        try:
            found = self.solved(jet.labels)
            found.at([*jet.places, *jet.times])
        except (Unknown, al.Pole):
            return False
        fixed = found.fixed
        return not any(k and i in fixed for i, k in enumerate(jet.orders))


@dataclass(frozen=True)
class _Solved:
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
        missing = [s for s in self.value.deps if isinstance(s, Symbol) and s.kind == "time"]
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


def _solve(truth: Truth, labels: tuple[str, ...]) -> _Solved:
    e, spec, output = truth.equation, truth.spec, truth.output
    known = states(e.left, e.right) | free_clocks(e.left, e.right)
    names = labels_as(spec, labels)
    read = Translator(spec, known, labels, renamed=names, stepped=True)
    form: Form = read(e.left)
    other: Any = read(e.right)
    difference: Any = form - other
    if isinstance(difference, Scalar):
        raise Unknown("an identity between numbers is not solved for a net")
    fn = net_of(output).fn
    own = [a for a in difference.terms if isinstance(a, Jet) and a.fn == fn and not a.dirs]
    if len(own) != 1 or any(own[0].orders):
        raise Unknown("the identity holds the net at several places, or its derivative")
    jet = own[0]
    rest = difference - difference.terms[jet] * atom(jet)
    value = -rest / difference.terms[jet]
    return _Solved(value, jet.places, jet.times)


def states(*roots: Term) -> dict[int, Vector]:
    """The states on the path below, by key: at one level they are one point, of two laws."""
    found: dict[int, Vector] = {}
    levels: dict[int, Vector] = {}
    for t in walk(*roots):
        if t.op == "path":
            fresh = al.state("z" + "'" * len(levels))
            found[t.key] = levels.setdefault(t.args[3].key, fresh)
    return found


def truths(spec: Elaborated) -> dict[str, Truth]:
    """The nets that an identity speaks of, by name. A later identity of a net does not count."""
    found: dict[str, Truth] = {}
    for equation in spec.equations:
        output = _subject(spec, equation.left)
        if output is not None and output.name not in found:
            found[output.name] = Truth(output, equation, spec, _left_labels(equation.left))
    return found


def _subject(spec: Elaborated, left: Term) -> Output | None:
    calls = [t for t in walk(left) if t.op == "jet" and t["fn"] in spec.outputs]
    return spec.outputs[calls[0]["fn"]] if calls else None


def _left_labels(left: Term) -> tuple[str, ...]:
    calls = [t for t in walk(left) if t.op == "jet" and t["copy"] != "exact"]
    return labels_of(calls[0]) if calls else ()


def substitution(of: Iterable[Truth]) -> dict[Any, Truth]:
    """For `algebra.put`: each net's symbol and its truth."""
    return {net_of(t.output): t for t in of}


def put_truth(form: Any, truth: dict[Any, Any]) -> Any:
    """The form with every net at its truth. Raises Unknown where an identity is silent."""
    if not truth:
        return form
    for jet in jets(form):
        known = next((t for n, t in truth.items() if _is_copy(jet.fn, n.fn)), None)
        if isinstance(known, Truth) and known.solved(jet.labels).fixed and not known.holds_at(jet):
            raise Unknown(f"no identity says what {jet.fn.name} is at {al.text(atom(jet))}")
    lost = _renamed(form, truth)
    whole = under_one_name(
        al.put(form, {n: _formula(t) for n, t in truth.items() if n != SIDE}), lost
    )
    return decided(whole, truth[SIDE]) if SIDE in truth else whole


def _renamed(form: Any, truth: dict[Any, Any]) -> frozenset[Symbol]:
    """The clocks of identities' velocities that the form has under other names."""
    lost = frozenset[Symbol]()
    for net, known in truth.items():
        if isinstance(known, Truth):
            calls = [j for j in jets(form) if _is_copy(j.fn, net.fn)]
            if calls:
                found = known.solved(calls[0].labels)
                lost |= renamed(found.value, found.times, calls)
    return lost


def assumed(spec: Elaborated, form: Any) -> Any:
    """The form with every given net at what its identity assumes of it."""
    given = [t for t in truths(spec).values() if t.is_assumption]
    return put_truth(form, substitution(given))


def _formula(truth: Any) -> Any:
    if not isinstance(truth, Truth):
        return truth

    def value(*args: Any) -> Vector:
        labels = tuple(a for a in args if isinstance(a, str))
        return truth.solved(labels).at([a for a in args if not isinstance(a, str)], anywhere=True)

    return value


def _is_copy(fn: al.Fn, of: al.Fn) -> bool:
    return (fn.name, fn.role) == (of.name, of.role)


__all__ = ["Truth", "Unknown", "Untranslated", "put_truth", "states", "substitution", "truths"]
