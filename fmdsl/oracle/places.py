"""From the arguments of a net to the quantities that its identity speaks of.

An identity such as `F(z / d, t, c) = …` says what a net is at places written in the names of
the spec. Given values in the net's slots, the names are solved for: a quantity that stands in
a slot by itself is that value; one that enters a slot affinely is solved for; the clock of a
state that no slot tells is read off the state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.namespace import wide
from fmdsl.semantics.elaborated import Output
from fmdsl.terms.term import Term

#: Values by the key of a term.
Known = dict[int, Any]


@dataclass(frozen=True, slots=True)
class Solved:
    """A quantity that enters a slot affinely, or (`slot` None) the clock of a state."""

    unknown: Term
    slot: Term


@dataclass(frozen=True, slots=True)
class Places:
    """How the slots of one call determine quantities."""

    slots: tuple[tuple[int, int], ...]
    solved: tuple[Solved, ...]
    hidden: tuple[Term, int] | None = None

    def __call__(self, values: Sequence[Any], clock: Callable[[Tensor], Tensor] | None) -> Known:
        """Quantities by key, for these values of the slots."""
        known: Known = {key: values[i] for key, i in self.slots}
        if self.hidden is not None:
            term, i = self.hidden
            assert clock is not None
            known[term.key] = clock(values[i])
        for one in self.solved:
            known[one.unknown.key] = _solution(one, known)
        return known


def places(call: Term, output: Output) -> Places:
    """The plan for a call of a net in an identity."""
    order = sorted(range(len(call.place)), key=lambda i: _tells_level(output, i))
    slots = tuple((call.place[i].key, i) for i in order if _varies(call.place[i]))
    hidden = _hidden(call, output)
    bound = {key for key, _ in slots} | ({hidden[0].key} if hidden else set())
    return Places(slots, tuple(_solvable(call.place, bound)), hidden)


def path_of_state(term: Term) -> Term | None:
    """The `path` that a state is on, where it is written as one."""
    while term.op == "let":
        term = term.args[0]
    return term if term.op == "path" else None


def _varies(term: Term) -> bool:
    return term.bare.op not in ("const", "setting", "null", "pi")


def _tells_level(output: Output, i: int) -> bool:
    """The clock of the state comes last, so that it is the one that counts on a diagonal."""
    from fmdsl.syntax.expr import Name

    levels = {s.level.id for s in output.inputs if isinstance(s.level, Name)}
    return output.inputs[i].clock in levels


def _hidden(call: Term, output: Output) -> tuple[Term, int] | None:
    from fmdsl.syntax.expr import names

    clocks = {s.clock for s in output.inputs if s.clock}
    for i, slot in enumerate(output.inputs):
        if slot.level is not None and slot.kind == "point" and names(slot.level) - clocks:
            path = path_of_state(call.place[i])
            return (path.args[3], i) if path is not None else None
    return None


def _solvable(place: Sequence[Term], bound: set[int]) -> Iterator[Solved]:
    """Quantities inside slots, one unknown at a time, until nothing more is found."""
    bound = set(bound)
    found = True
    while found:
        found = False
        for slot in place:
            unknown = {t.key: t for a in slot.bare.args for t in _atoms(a, bound)}
            if len(unknown) == 1 and path_of_state(slot) is None:
                (atom,) = unknown.values()
                if _is_affine(slot, atom):
                    bound.add(atom.key)
                    found = True
                    yield Solved(atom, slot)


def _atoms(term: Term, bound: set[int]) -> Iterator[Term]:
    """The outermost unbound named quantities of a term."""
    if term.key in bound or term.op in ("path", "jet", "expect"):
        return
    named = term.op == "let" and "(" not in term["name"]
    if named or term.op in ("draw", "param"):
        yield term
        return
    for argument in term.args:
        yield from _atoms(argument, bound)


def _is_affine(slot: Term, atom: Term) -> bool:
    """Whether a slot is affine in a quantity, at random values of everything else."""
    rng = torch.Generator().manual_seed(1)
    others: Known = {
        t.key: float(torch.rand((), generator=rng)) + 0.1
        for a in slot.bare.args
        for t in _atoms(a, {atom.key})
    }
    try:
        low, middle, high = (_at(slot, {**others, atom.key: v}) for v in (0.25, 0.5, 0.75))
    except NotMeasured:
        return False
    return abs(low - 2 * middle + high) < 1e-9 and abs(high - low) > 1e-9


def _at(slot: Term, known: Mapping[int, Any]) -> Any:
    """A slot's own definition, its value not being looked up."""
    inner = {k: v for k, v in known.items() if k != slot.key}
    return Evaluator({}, inner)(slot)


def _solution(one: Solved, known: Known) -> Any:
    low, high = (_at(one.slot, {**known, one.unknown.key: v}) for v in (0.0, 1.0))
    value = known[one.slot.key]
    if not isinstance(value, Tensor):
        return (value - low) / (high - low)
    return (value - wide(low, value)) / wide(high - low, value)
