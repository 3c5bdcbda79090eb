"""Terms of a spec as forms of the algebra.

Draws become random vectors and times, nets become function symbols, settings stay symbols,
`D` is expanded already. What the algebra has no form for raises `Untranslated`; an
expression that only scales or weighs becomes an opaque positive number when it may.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.calls import call, exact_call, features
from fmdsl.proofs.drawn import sign_where_drawn
from fmdsl.proofs.expect import expected
from fmdsl.proofs.rules import LEAVES, LENGTHS, RULES, Form, Untranslated
from fmdsl.proofs.stepped import COMPARED, Way, step, way
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.ranges import ranges
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, number, walk


@dataclass(slots=True)
class Translator:
    """One spec's terms to forms.

    `known` gives the forms of some terms by their keys (states, independent clocks, samples);
    `labels` condition the exact objects; `cases` chooses the branches that a draw decides.
    `renamed` says for which label one stands; where `stepped`, a comparison that is not decided
    is a step of its clocks.
    `assumed` collects the branches that settings decided, `opaque` the weights that were left
    closed, by the names they got. `stopped` is set inside `sg`, where a weight may stay closed;
    `ended` where schedules in `progress` have come to their end.
    """

    spec: Elaborated
    known: dict[int, Form] = field(default_factory=dict[int, Form])
    labels: tuple[str, ...] = ()
    cases: dict[int, bool] = field(default_factory=dict[int, bool])
    stopped: bool = False
    ended: bool = False
    renamed: Mapping[str, str] = field(default_factory=dict[str, str])
    stepped: bool = False
    assumed: set[str] = field(default_factory=set[str])
    opaque: dict[str, Term] = field(default_factory=dict[str, Term])
    _done: dict[int, Form] = field(default_factory=dict[int, Form])

    def vector(self, term: Term) -> Vector:
        """The form of a vector term; the literal zero is the null vector."""
        form = self(term)
        if isinstance(form, Scalar):
            if form.is_zero:
                return al.NULL
            raise Untranslated(term, "a number stands where a vector is expected")
        return form

    def scalar(self, term: Term) -> Scalar:
        form = self(term)
        if isinstance(form, Vector):
            raise Untranslated(term, "a vector stands where a number is expected")
        return form

    def __call__(self, term: Term) -> Form:
        if term.key in self.known:
            return self.known[term.key]
        if term.key not in self._done:
            self._done[term.key] = self._translate(term.bare)
        return self._done[term.key]

    def _translate(self, t: Term) -> Form:
        if t.op == "progress" and self.ended:
            return al.ONE
        if t.op in LEAVES:
            return LEAVES[t.op](t)
        match t.op:
            case "draw" | "param":
                return _draw(t)
            case "jet":
                return exact_call(self, t) if t["copy"] == "exact" else call(self, t)
            case "sg":
                inner: Any = self.inside_sg()(t.args[0])
                return al.sg(inner)
            case "where":
                return self._branch(t)
            case "expect":
                return expected(self, t)
            case "features":
                return features(self, t)
            case "sqrt":
                return self._root(t.args[0])
            case op if op in RULES and not (self.stopped and t.op in LENGTHS):
                return RULES[op](self, t)
            case _:
                return self._closed(t)

    def _root(self, t: Term) -> Scalar:
        """The root of a square is what is squared, where that has one sign.

        That of a product is one of roots, where a factor has no other sign than the product.
        """
        bare = t.bare
        if bare.op in ("*", "/") and any(map(ranges(self.spec).is_positive, bare.args)):
            a, b = map(self._root, bare.args)
            return a * b if bare.op == "*" else a / b
        form = self.scalar(t)
        plain = al.unsquared(form)
        way = None if plain is None else sign_where_drawn(self.spec, plain, self.opaque)
        return al.sqrt(form) if plain is None or way is None else way * plain

    def inside_sg(self) -> Translator:
        """How terms are read where the gradient is stopped: weights may stay closed."""
        return self if self.stopped else replace(self, stopped=True, _done={})

    def _closed(self, t: Term) -> Form:
        """A function of numbers is kept; one of vectors is a weight, closed where it is held."""
        if not t.type.is_scalar:
            raise Untranslated(t, "an elementwise function of a vector")
        if all(a.type.is_scalar for a in t.args):
            return _function(t.op, [self.scalar(a) for a in t.args])
        if not self.stopped and any(u.op == "jet" for u in walk(t)):
            raise Untranslated(t, "the derivative of a weight made of vectors")
        return al.setting(self._name(t))

    def _name(self, t: Term) -> str:
        name = f"⟨{show_term(t)}⟩"
        while self.opaque.setdefault(name, t).key != t.key:
            name += "'"
        return name

    def _branch(self, t: Term) -> Form:
        condition, yes, no = t.args
        held = self._held(condition.bare)
        share = step(self._sides(condition)) if held is None and self.stepped else None
        if share is not None:
            a, b = (self(x) for x in (yes, no))
            return b + (a - b) * share  # type: ignore[operator]
        if held is None:
            raise Untranslated(t, "the branch depends on a draw")
        self.assumed.add(show_term(condition) if held else f"not {show_term(condition)}")
        return self(yes if held else no)

    def _held(self, condition: Term) -> bool | None:
        if condition.op == "labelled" and self.renamed:
            return self.label(condition.args[0].bare["name"]) != "null"
        return self.cases.get(condition.key, decided(condition))

    def _sides(self, condition: Term) -> list[tuple[str, Scalar]]:
        """The comparisons that a condition is of, each with its difference."""
        c = condition.bare
        if c.op == "and":
            return [side for a in c.args for side in self._sides(a)]
        if c.op not in COMPARED:
            raise Untranslated(c, "no comparison")
        return [(c.op, self.scalar(c.args[0]) - self.scalar(c.args[1]))]

    def label(self, name: str) -> str:
        """The label that this one stands for."""
        return self.renamed.get(name, name)

    def ways_of(self, cases: Iterable[tuple[Term, bool]]) -> tuple[Way, ...]:
        """The comparisons among the cases, whatever their clocks are called."""
        compared = [(c.bare, held) for c, held in cases if c.bare.op in (*COMPARED, "and")]
        return tuple(way(self._sides(c), held) for c, held in compared)


def _function(op: str, args: list[Scalar]) -> Scalar:
    """An opaque function of numbers; extremes of known numbers are known."""
    if op in ("min", "max") and all(a.is_number for a in args):
        pick = min if op == "min" else max
        return al.scalar(pick(a.number for a in args))
    return al.function(op, *args)


def _draw(t: Term) -> Form:
    if t.op == "param" and t.type.is_vector and t.type.kind != "noise":
        return al.state(t["name"])
    return al.random(t["name"]) if t.type.is_vector else al.time(t["name"])


def decided(condition: Term) -> bool | None:
    """A comparison of settings, by the values they have."""
    condition = condition.bare
    if condition.op not in ("and", "<", "<=", ">", ">="):
        return None
    if condition.op == "and":
        sides = [decided(a) for a in condition.args]
        return None if None in sides else all(sides)
    a, b = (_value(arg) for arg in condition.args)
    if a is None or b is None:
        return None
    return {"<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[condition.op]


def _value(t: Term) -> Fraction | None:
    return t.bare["value"] if t.bare.op == "setting" else number(t)
