"""One spec in the nets and clocks of another.

Nets that answer the same question differently (a gap instead of an end time, a displacement or a
denoised mean instead of a velocity) are brought together by their identities: solve the one for
the flow, or the velocity, and put that into the other. Without identities, nets are paired by
what their arguments are. Clocks are dummies of an expectation: they are matched by where the
learner is called.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Vector
from fmdsl.algebra.field import generator
from fmdsl.algebra.laws import flow_of
from fmdsl.algebra.vector import atom
from fmdsl.proofs.calls import is_hidden, net_of
from fmdsl.proofs.case import STOPS, Case
from fmdsl.proofs.law import DATA_VELOCITY
from fmdsl.proofs.linear import Unknown, solve_clocks
from fmdsl.proofs.truth import Truth
from fmdsl.semantics.elaborated import Output
from fmdsl.semantics.rename import correspondence
from fmdsl.syntax.expr import Name

_FLOW = al.Net(flow_of(DATA_VELOCITY.fn))
Formula = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Alignment:
    """How the nets of B are read in those of A, and in words."""

    nets: dict[Any, Formula]
    words: tuple[str, ...]


def alignments(a: Case, b: Case) -> Iterator[Alignment]:
    """By identities where both have them, then by arguments."""
    names = correspondence(a.spec, b.spec)
    pairs = [(a.spec.outputs[new], b.spec.outputs[old]) for old, new in names.items()
             if old in b.spec.outputs and new in a.spec.outputs]  # fmt: skip
    chosen = [_by_identity(a, b, mine, theirs) for mine, theirs in pairs]
    plain = [_by_arguments(mine, theirs) for mine, theirs in pairs]
    if any(c is not None for c in chosen):
        best = [c or p for c, p in zip(chosen, plain, strict=True)]
        yield Alignment(_nets(pairs, [f for f, _ in best]), tuple(w for _, w in best if w))
    yield Alignment(_nets(pairs, [f for f, _ in plain]), tuple(w for _, w in plain if w))


def _nets(pairs: list[tuple[Output, Output]], formulas: list[Formula]) -> dict[Any, Formula]:
    return {net_of(theirs): f for (_, theirs), f in zip(pairs, formulas, strict=True)}


def _by_identity(a: Case, b: Case, mine: Output, theirs: Output) -> tuple[Formula, str] | None:
    """B's net as its truth, with the flow or the velocity read off A's identity."""
    if mine.name not in a.truths or theirs.name not in b.truths:
        return None
    own, other = a.truths[mine.name], b.truths[theirs.name]
    try:
        found = other.solved(other.labels)
        exact = _FLOW if _of(found.value, _FLOW) else DATA_VELOCITY
        image = _exact_by_net(own, exact, _of(found.value, exact))
        if image is None:
            return None
        told = al.text(al.put(found.value, {exact: partial(image, found.times)}))
    except STOPS:
        return None

    def formula(*args: Any) -> Any:
        beside = [a for a in args if isinstance(a, Scalar)]
        marks = [al.time(f"its {i}") for i in range(len(beside))]
        whole = al.put(other(*args), {exact: partial(image, marks)})
        return al.put(whole, dict(zip(marks, beside, strict=True)))

    return formula, f"{theirs.name} of B is {told} of A"


def _of(value: Vector, exact: al.Net) -> list[Jet]:
    return [x for x in value.terms if isinstance(x, Jet) and x.fn == exact.fn]


def _exact_by_net(truth: Truth, exact: al.Net, wanted: list[Jet]) -> Formula | None:
    """A's identity solved for the flow, or the velocity, as a formula of its place and times.

    Clocks of the net that these do not tell are those of B's net, given beside. Where A's flow
    has a fixed time, so must those that are wanted.
    """
    found = truth.solved(truth.labels)
    flows = _of(found.value, exact)
    if len(flows) != 1 or not wanted:
        return None
    (jet,) = flows
    fixed = [(i, s) for i, s in enumerate(jet.times) if s.is_number]
    if any(other.times[i] != s for other in wanted for i, s in fixed):
        return None
    called = net_of(truth.output)(*found.places, *found.times, *truth.labels)
    factor = found.value.terms[jet]
    image = (called - found.value + factor * atom(jet)) / factor

    def formula(beside: Sequence[Scalar], place: Vector, *args: Scalar | str) -> Vector:
        times = [a for a in args if isinstance(a, Scalar)]
        clocks = solve_clocks(jet.times, times, anywhere=True)
        if any(_clocks_in(s) - clocks.keys() for s in found.times):
            clocks = solve_clocks(found.times, beside, anywhere=True) | clocks
        put: dict[Any, Any] = {generator(s): v for s, v in clocks.items()}
        return al.put(image, {jet.places[0]: place, **put})

    return formula


def _clocks_in(s: Scalar) -> set[al.Symbol]:
    return {c for c in s.deps if isinstance(c, al.Symbol) and c.kind == "time"}


def _by_arguments(mine: Output, theirs: Output) -> tuple[Formula, str]:
    """A's net at B's arguments: the state's clock to the state's clock, the others in order."""
    ours, other = _clocks(mine), _clocks(theirs)
    net = net_of(mine)

    def formula(*args: Any) -> Any:
        places = [x for x in args if isinstance(x, Vector)]
        labels = [x for x in args if isinstance(x, str)]
        times = [x for x in args if isinstance(x, Scalar)]
        bound = dict(zip(other, times, strict=False))
        by_order = dict(zip(_others(ours), [bound[k] for k in _others(other)], strict=False))
        by_order |= {"@": bound["@"]} if "@" in bound else {}
        return net(*places, *(by_order.get(k, al.time(k)) for k in ours), *labels)

    same = mine.name == theirs.name
    return formula, "" if same else f"{theirs.name} of B is read as {mine.name} of A"


def _clocks(o: Output) -> list[str]:
    """The clocks as the algebra passes them, the state's own as `@`."""
    level = next((s.level.id for s in o.inputs if isinstance(s.level, Name)), None)
    slots = [("@" if s.clock == level else s.clock) for s in o.inputs if s.clock]
    hidden = any(s.kind == "point" and is_hidden(s, o) for s in o.inputs)
    return [s for s in slots if s] + (["@"] if hidden else [])


def _others(clocks: list[str]) -> list[str]:
    return [c for c in clocks if c != "@"]


def matched(mine: Vector, theirs: Vector) -> dict[Any, Any] | None:
    """B's clocks in A's, from the two places at which the learner is varied."""
    ours, other = _call(mine), _call(theirs)
    if ours is None or other is None or ours.fn != other.fn:
        return None
    try:
        found = solve_clocks(other.times, ours.times)
    except Unknown:
        return None
    return {generator(s): v for s, v in found.items()}


def _call(varied: Vector) -> Jet | None:
    """The learner's variation itself, without derivatives."""
    jets = [a for a in varied.terms if isinstance(a, Jet)]
    return next((j for j in jets if not any(j.orders) and not j.dirs), None)
