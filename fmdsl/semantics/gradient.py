"""Where the gradient of a loss goes: which net calls it reaches, and by which places.

`sg` stops it. A teacher and an `ema` copy never let it through. A frozen net, and a net
that the group does not name, let it through to what they are given; a trained net takes it
and lets it through as well. A derivative of a net passes it to place and directions alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.syntax.source import Span
from fmdsl.terms.term import Term, walk

#: Operators whose value does not move when their arguments move a little.
_STEPS = frozenset({"sg", "sign", "step", "<", "<=", ">", ">=", "and"})


@dataclass(frozen=True, slots=True)
class Arrival:
    """A call that gradient reaches, with the lets and calls that it came through.

    `trail` runs from the loss down to the call, without the call itself.
    """

    call: Term
    trail: tuple[Term, ...]

    @property
    def net(self) -> str:
        """The net output that is called."""
        return self.call["fn"]

    @property
    def spans(self) -> tuple[Span, ...]:
        """Every place on the way, the call last."""
        return tuple(t.span for t in (*self.trail, self.call) if t.span is not None)

    @property
    def names(self) -> tuple[tuple[str, Span], ...]:
        """The named lets on the way, each where it is used, outermost first."""
        lets = ((t["name"], t.span) for t in self.trail if t.op == "let")
        # a let that was put in for a formal parameter stands where the formal is written
        return tuple((n, s) for n, s in lets if s is not None and s.text == n)


@dataclass(frozen=True, slots=True)
class Gradient:
    """The gradient of expressions with respect to some weight sets, by their names."""

    outputs: Mapping[str, Output]
    trained: frozenset[str]
    _reached: dict[int, frozenset[str]] = field(
        default_factory=dict[int, frozenset[str]], repr=False, compare=False
    )

    def takes(self, call: Term) -> bool:
        """Whether a call's own weights receive the gradient that reaches the call."""
        return _is_net(call) and call["copy"] == "live" and self.weights(call) in self.trained

    def weights(self, call: Term) -> str:
        """The weight set of a net's call."""
        output = self.outputs.get(call["fn"])
        return output.weights if output else ""

    def onward(self, term: Term) -> tuple[Term, ...]:
        """The arguments that the gradient of a term passes to."""
        if term.op in _STEPS or (_is_net(term) and self._is_closed(term)):
            return ()
        if term.op == "where":
            return term.args[1:]
        # the body of a path repeats its ends, at places that are not the user's
        return term.args[1:] if term.op == "path" else term.args

    def reached(self, term: Term) -> frozenset[str]:
        """The weight sets that the gradient of a term reaches."""
        known = self._reached.get(term.key)
        if known is None:
            below = (self.reached(a) for a in self.onward(term))
            own = {self.weights(term)} if self.takes(term) else set[str]()
            known = self._reached[term.key] = frozenset(own).union(*below)
        return known

    def live(self, *roots: Term) -> Iterator[Term]:
        """Every term below that the gradient passes on its way to a trained net."""
        seen: set[int] = set()
        stack = list(reversed(roots))
        while stack:
            term = stack.pop()
            if id(term) not in seen and self.reached(term):
                seen.add(id(term))
                yield term
                stack.extend(reversed(self.onward(term)))

    def arrivals(self, term: Term) -> tuple[Arrival, ...]:
        """One for each call that takes gradient, by the first way there in reading order."""
        return tuple(a for a in self._ways(term) if self.takes(a.call))

    def closed_calls(self, term: Term) -> tuple[Arrival, ...]:
        """Calls of teachers and ema copies on which gradient to a trained net would be lost."""
        return tuple(
            a
            for a in self._ways(term)
            if _is_net(a.call) and self._is_closed(a.call) and self._enters(a.call)
        )

    def _enters(self, call: Term) -> bool:
        return any(self.reached(a) for a in call.args)

    def _ways(self, root: Term) -> Iterator[Arrival]:
        """Every net call the gradient comes to, once for each place that it is written at."""
        seen: set[int] = set()
        stack: list[tuple[Term, tuple[Term, ...]]] = [(root, ())]
        while stack:
            term, trail = stack.pop()
            if id(term) in seen:
                continue
            seen.add(id(term))
            if _is_net(term):
                yield Arrival(term, trail)
            further = (*trail, term) if term.op in ("let", "jet") else trail
            stack.extend((a, further) for a in reversed(self.onward(term)))

    def _is_closed(self, call: Term) -> bool:
        output = self.outputs.get(call["fn"])
        return call["copy"] != "live" or (output is not None and output.role == "teacher")


def gradient_of(spec: Elaborated, group: Objective) -> Gradient:
    """The gradient that a group of `minimize` follows."""
    return Gradient(spec.outputs, moved(spec, group))


def gradient_to_all(spec: Elaborated) -> Gradient:
    """The gradient with respect to every net that is trained in some group."""
    return Gradient(
        spec.outputs, frozenset(o.weights for o in spec.weights.values() if o.is_trained)
    )


def moved(spec: Elaborated, group: Objective) -> frozenset[str]:
    """The weight sets that a group names, those that may be trained."""
    named = (spec.outputs[n] for n in group.nets if n in spec.outputs)
    return frozenset(o.weights for o in named if o.is_trained)


def net_calls(*roots: Term) -> Iterator[Term]:
    """Every call of a net below, or derivative of one, stopped or not."""
    return (t for t in walk(*roots) if _is_net(t))


def calls_by_role(spec: Elaborated, term: Term, *roles: str) -> tuple[Term, ...]:
    """The calls below of nets of these roles."""
    return tuple(
        c
        for c in net_calls(term)
        if c["fn"] in spec.outputs and spec.outputs[c["fn"]].role in roles
    )


def is_whole(*roots: Term) -> bool:
    """Whether everything below has a meaning; faults of what has none are told elsewhere."""
    return all(t.op != "unknown" for t in walk(*roots))


def _is_net(term: Term) -> bool:
    return term.op == "jet" and term["copy"] != "exact"
