"""A loss as a function of the numbers that a critic gives to samples.

A loss is a sum of weights times functions of these numbers. Each is read as a sympy expression:
one symbol for each sample, real or generated, and one for each positive factor that the critic
sees; settings have their values.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from fmdsl.checks.samples import on_samples
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, number, walk


class NoValue(Exception):
    """The loss is no function of the critic's numbers on samples; the text says why."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A call of the critic: its number, and whether a student made what is judged."""

    call: Term
    symbol: Any
    generated: bool


@dataclass(frozen=True)
class Values:
    """Terms of a spec to expressions in the numbers of one critic."""

    spec: Elaborated
    critic: Output
    samples: dict[int, Sample] = field(default_factory=dict[int, Sample])

    @cached_property
    def facts(self) -> Ranges:
        return ranges(self.spec)

    def called(self, term: Term) -> list[Term]:
        """The calls of the critic below, derivatives included."""
        return [t for t in walk(term) if t.op == "jet" and t["fn"] == self.critic.name]

    def __call__(self, term: Term) -> Any:
        t = term.bare
        if not self.called(t):
            return self._factor(t)
        if t.op == "jet" and t["fn"] == self.critic.name and t["order"] == 0:
            return self._sample(t).symbol
        rule = rules().get(t.op)
        if rule is None:
            raise NoValue(f"`{t.op}` of its number has no closed form here")
        return rule(*map(self, t.args))

    def _sample(self, call: Term) -> Sample:
        import sympy as sp

        if call.key not in self.samples:
            generated = on_samples(self.spec, call)
            if any(_is_data(t) for t in _outside_students(self.spec, call)) == generated:
                raise NoValue("it is called on what is neither a real nor a generated sample")
            symbol = sp.Symbol(f"D{len(self.samples)}", real=True)
            self.samples[call.key] = Sample(call, symbol, generated)
        return self.samples[call.key]

    def _factor(self, t: Term) -> Any:
        """What the critic's number does not enter: a number, or a positive symbol."""
        import sympy as sp

        value = t["value"] if t.op == "setting" else number(t)
        if value is not None:
            return sp.Rational(value.numerator, value.denominator)
        if t.type.is_scalar and self.facts.of(t)[0] >= 0:
            if t.free - self.seen:
                raise NoValue(f"it does not see {', '.join(sorted(t.free - self.seen))}")
            return sp.Symbol(show_term(t), positive=True)
        raise NoValue(f"the sign of {show_term(t)} is not known")

    @cached_property
    def seen(self) -> frozenset[str]:
        """The draws that the critic is given as numbers or labels in every call."""
        calls = [t for o in self.spec.objectives for t in self.called(o.loss)]
        return frozenset[str].intersection(*(given(c) for c in calls)) if calls else frozenset()

    def sample_of(self, symbol: Any) -> Sample:
        return next(s for s in self.samples.values() if s.symbol == symbol)


def given(call: Term) -> frozenset[str]:
    """The draws behind the arguments of a call that are no vectors."""
    return frozenset[str]().union(*(a.free for a in call.place if not a.type.is_vector))


def _is_data(t: Term) -> bool:
    return t.op == "draw" and t.type.is_vector and t.type.kind != "noise"


def _outside_students(spec: Elaborated, call: Term) -> Iterator[Term]:
    """What a call is given, without what students are given."""
    stack = list(call.place)
    while stack:
        t = stack.pop().bare
        yield t
        mine = t.op == "jet" and t["fn"] in spec.outputs
        if not (mine and spec.outputs[t["fn"]].role == "student"):
            stack += t.args


def addends(read: Values, term: Term, weight: Any = 1) -> Iterator[tuple[Any, Term]]:
    """The terms of a loss that call the critic, each with the factor before it."""
    t = term.bare
    if not read.called(t):
        return
    match t.op:
        case "+" | "-":
            yield from addends(read, t.args[0], weight)
            yield from addends(read, t.args[1], weight if t.op == "+" else -weight)
        case "neg":
            yield from addends(read, t.args[0], -weight)
        case "*" if not all(map(read.called, t.args)):
            held, moved = t.args if read.called(t.args[1]) else t.args[::-1]
            yield from addends(read, moved, weight * read(held))
        case "/" if not read.called(t.args[1]):
            yield from addends(read, t.args[0], weight / read(t.args[1]))
        case _:
            yield weight, t


def rules() -> dict[str, Callable[..., Any]]:
    """Operators on sympy expressions."""
    import sympy as sp

    return {
        "+": lambda a, b: a + b,
        "-": lambda a, b: a - b,
        "*": lambda a, b: a * b,
        "/": lambda a, b: a / b,
        "^": lambda a, b: a**b,
        "neg": lambda a: -a,
        "exp": sp.exp,
        "log": sp.log,
        "softplus": lambda a: sp.log(1 + sp.exp(a)),
        "sigmoid": lambda a: 1 / (1 + sp.exp(-a)),
        "relu": lambda a: sp.Max(0, a),
        "sse": lambda a, b=0: (a - b) ** 2,
        "mse": lambda a, b=0: (a - b) ** 2,
    }
