"""What each net is at the optimum: its identity solved for the net, as a formula of arguments.

`f(z, t) = flow(z, t, 0)` with `f = z - t u(z, 0, t)` says `u(z, 0, t) = (z - flow(z, t, 0)) / t`,
and says nothing of u elsewhere. An identity about a teacher or a frozen net is an assumption.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Symbol, Vector
from fmdsl.algebra.vector import atom
from fmdsl.algebra.walk import jets
from fmdsl.proofs.calls import labels_of, net_of
from fmdsl.proofs.clocks import below
from fmdsl.proofs.contexts import contexts, own_labels
from fmdsl.proofs.linear import Chart, Unknown, chart_of
from fmdsl.proofs.parameters import renamed, under_one_name
from fmdsl.proofs.rules import Untranslated
from fmdsl.proofs.solved import Solved, solve, states
from fmdsl.proofs.stepped import SIDE, decided
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
    _values: dict[tuple[str, ...], Solved] = field(default_factory=dict)

    @property
    def is_assumption(self) -> bool:
        return not self.output.is_trained

    @property
    def words(self) -> str:
        """`T(z, t, c) = velocity(z, t)`, or that a critic has converged to its identity."""
        told = f"{show_term(self.equation.left)} = {show_term(self.equation.right)}"
        return told if self.is_assumption else f"{self.output.name} has converged: {told}"

    def solved(self, labels: tuple[str, ...]) -> Solved:
        """The identity under these labels, solved for the net."""
        if labels not in self._values:
            self._values[labels] = solve(
                self.equation, self.spec, net_of(self.output), labels, self.solved
            )
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


def truths(spec: Elaborated) -> dict[str, Truth]:
    """The nets that an identity speaks of, by name. A later identity of a net does not count."""
    found: dict[str, Truth] = {}
    for equation in spec.equations:
        output = _subject(spec, equation.left)
        if output is not None and output.name not in found:
            found[output.name] = Truth(output, equation, spec, _left_labels(spec, equation.left))
    return found


def _subject(spec: Elaborated, left: Term) -> Output | None:
    """The net that a side speaks of, and not one that made the state it is called at."""
    calls = [t for t in _at_states(left) if t["fn"] in spec.outputs]
    return spec.outputs[calls[0]["fn"]] if calls else None


def _left_labels(spec: Elaborated, left: Term) -> tuple[str, ...]:
    """Those of a call that has one, where some calls are without."""
    calls = [t for t in _at_states(left) if t["copy"] != "exact"]
    found = [(*labels_of(t), *contexts(spec, t)) for t in calls]
    return max(found, key=lambda labels: own_labels(labels) != ("null",), default=())


def _at_states(side: Term) -> Iterator[Term]:
    """The calls of a side, with the states on the path as they are given."""
    states = frozenset(t.key for t in walk(side) if t.op == "path")
    return (t for t in below((side,), states) if t.op == "jet")


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
    return _Formula(truth) if isinstance(truth, Truth) else truth


@dataclass(frozen=True)
class _Formula:
    """A truth for `algebra.put`, which asks it of formal arguments."""

    truth: Truth

    @property
    def chart(self) -> Chart | None:
        return chart_of(self.truth.solved(self.truth.labels).times)

    def __call__(self, *args: Any) -> Vector:
        labels = tuple(a for a in args if isinstance(a, str))
        rest = [a for a in args if not isinstance(a, str)]
        return self.truth.solved(labels).at(rest, anywhere=True)


def _is_copy(fn: al.Fn, of: al.Fn) -> bool:
    return (fn.name, fn.role) == (of.name, of.role)


__all__ = ["Truth", "Unknown", "Untranslated", "put_truth", "states", "substitution", "truths"]
