"""A loss as a function of one call of a learned weight, and where it is least.

Everything else is held: an error that the weight does not enter is a positive symbol, what has
no known sign a real one. In `exp(w)` the slope is rational, so that its sign and its one zero
are decided.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.critics.optimum import by_exponential, number, power, root_of, sign
from fmdsl.proofs.critics.values import NoValue, rules
from fmdsl.proofs.translate import decided
from fmdsl.semantics.elaborated import Elaborated, Objective, Output
from fmdsl.semantics.gradient import gradient_of
from fmdsl.semantics.ranges import Ranges, ranges
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk
from fmdsl.terms.term import number as number_of

_LONG = 40


@dataclass(frozen=True, slots=True)
class Least:
    """Where a loss is least in the weight: `at`, or nowhere.

    `slope` is the loss's by the weight, `rise` by its errors at that place; both are functions of
    positive symbols and of the weight.
    """

    slope: Any
    way: int = 0
    at: Any = None
    curvature: Any = None
    rise: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Reading:
    """A loss read around one call of a learned weight; `errors` are what it weighs."""

    spec: Elaborated
    call: Term
    facts: Ranges
    errors: dict[int, Any] = field(default_factory=dict[int, Any])
    _names: dict[int, Any] = field(default_factory=dict[int, Any])
    _held: dict[int, bool] = field(default_factory=dict[int, bool])

    def __call__(self, term: Term) -> Any:
        t = term.bare
        if t.key == self.call.key:
            return number()
        if not self._holds(t):
            return self._other(term)
        if t.op == "where" and decided(t.args[0]) is not None:
            return self(t.args[1] if decided(t.args[0]) else t.args[2])
        rule = rules().get(t.op)
        if rule is None:
            raise NoValue(f"`{t.op}` of it has no closed form here")
        return rule(*map(self, t.args))

    def _holds(self, t: Term) -> bool:
        """Whether the call is below, with its gradient."""
        if t.key not in self._held:
            below = t.op != "sg" and any(self._holds(a.bare) for a in t.args)
            self._held[t.key] = t.key == self.call.key or below
        return self._held[t.key]

    def _other(self, term: Term) -> Any:
        """A number, or a symbol: positive for what is so, an error among these."""
        import sympy as sp

        t = term.bare
        value = t["value"] if t.op == "setting" else number_of(t)
        if value is not None:
            return sp.Rational(value.numerator, value.denominator)
        if t.op in ("+", "-", "*", "/", "neg") and not t.type.is_vector:
            return rules()[t.op](*map(self, t.args))
        if t.key not in self._names:
            positive = self.facts.is_positive(t) or None
            symbol = sp.Symbol(self._name(term), real=True, positive=positive)
            self._names[t.key] = symbol
            if positive and t.op != "sg" and any(u.op == "jet" for u in walk(t)):
                self.errors[t.key] = symbol
        return self._names[t.key]

    def _name(self, term: Term) -> str:
        """The let that it is, or its words where they are short; else Δ."""
        text = term["name"] if term.op == "let" else show_term(term)
        name = text if len(text) <= _LONG else "Δ"
        while any(str(s) == name for s in self._names.values()):
            name += "'"
        return name


def weighers(spec: Elaborated, group: Objective) -> Iterator[tuple[Output, Term]]:
    """The calls of learned weights that a group moves, each once."""
    found: dict[int, Term] = {}
    for t in gradient_of(spec, group).live(group.loss):
        if t.op == "jet" and t["order"] == 0 and _is_weight(spec, t):
            found.setdefault(t.key, t)
    yield from ((spec.outputs[t["fn"]], t) for t in found.values())


def _is_weight(spec: Elaborated, call: Term) -> bool:
    output = spec.outputs.get(call["fn"])
    return output is not None and output.role == "weight" and call["copy"] == "live"


def least(spec: Elaborated, group: Objective, call: Term) -> Least:
    """Where a group's loss is least in one call of a weight. Raises NoValue."""
    import sympy as sp

    read, w = Reading(spec, call, ranges(spec)), number()
    total = read(group.loss)
    slope = sp.diff(total, w)
    by_power = by_exponential(slope, w)
    way = sign(by_power)
    if way != 0 or not (slope.has(w) or by_power.has(w)):
        return Least(by_power, way)
    root = root_of(slope)
    curvature = _at(sp.diff(slope, w), root)
    rise = tuple(_at(sp.diff(total, e), root) for e in read.errors.values())
    return Least(by_power, 0, sp.expand_log(root, force=True), curvature, rise)


def _at(form: Any, root: Any) -> Any:
    import sympy as sp

    return sp.factor(sp.powsimp(sp.expand_log(form.subs(number(), root))))


def form_of(value: Any, name: str) -> al.Scalar:
    """A rational function of symbols and `exp(w)` as a form; what is positive is so in any world.

    `name` is the weight's. Raises NoValue for anything else.
    """
    if value.is_Rational:
        return al.scalar(Fraction(int(value.p), int(value.q)))
    if value.is_Symbol:
        if value == power():
            return al.exp(al.setting(name))
        told = name if value == number() else str(value)
        return al.norm2(al.state(told)) if value.is_positive else al.setting(told)
    if value.is_Pow and value.exp.is_Integer:
        return form_of(value.base, name) ** int(value.exp)
    if not (value.is_Add or value.is_Mul):
        raise NoValue("its slope has no form")
    forms = [form_of(a, name) for a in value.args]
    return sum(forms, al.ZERO) if value.is_Add else prod(forms, start=al.ONE)
