"""Whether any number before a node would make a residual vanish: one proof for all such edits.

Another sign, a factor more or less, another clock: each puts a number before what stands there. So
an unknown is put there, the truth into the residual, and the equation for the unknown is solved;
where nothing solves it, none of these edits mends.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra.field import generator
from fmdsl.proofs.branches import branches
from fmdsl.proofs.case import STOPS, Case, Part
from fmdsl.proofs.repairs import Edit
from fmdsl.proofs.repairs.site import Site
from fmdsl.proofs.shares import near
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import expected
from fmdsl.proofs.verdict import Verdict
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.expr import Call, Expr, Name, Number, names, walk
from fmdsl.syntax.replace import spec_with
from fmdsl.syntax.spec import Let, Spec

#: No name that a spec can have.
_NAME = "factor?"
_FACTOR = al.setting(_NAME)


@dataclass(frozen=True)
class Rescaled:
    """The term that was refuted first, with any of its nodes rescaled."""

    case: Case
    first: Verdict
    _roots: dict[int, list[al.Scalar] | None] = field(
        default_factory=dict[int, "list[al.Scalar] | None"]
    )

    def may_mend(self, edit: Edit, site: Site) -> bool:
        """Whether the number of an edit solves the equation; True where that is not told.

        The equation is for a constant, which a factor is not where it is differentiated.
        """
        if edit.rescaled is None or self._is_open:
            return True
        node, by = edit.rescaled
        if _is_said_in_names(by, site) and not site.is_constant(node):
            return True
        if id(node) not in self._roots:
            self._roots[id(node)] = self._solve(node)
        roots = self._roots[id(node)]
        return roots is None or any(self._is(root, by) for root in roots)

    @cached_property
    def _is_open(self) -> bool:
        """Whether no rule takes the expectation of the term: then there is no equation.

        Nor is there one where the term is refuted at other settings than its own.
        """
        if all(p.subject != self.first.subject for p in self.case.parts):
            return True
        try:
            truth = self.case.truth_for(self._part)
            return bool(expected(put_truth(self._part.ended.residual, truth)).moments)
        except STOPS:
            return True

    @cached_property
    def _is_near_its_end(self) -> bool:
        """Whether the term has a share that ends next to 0 or 1."""
        left = put_truth(self._part.varied.residual, self.case.truth_for(self._part))
        return any(True for _ in near(self.case.spec, left))

    @property
    def _part(self) -> Part:
        return next(p for p in self.case.parts if p.subject == self.first.subject)

    def _solve(self, node: Expr) -> list[al.Scalar] | None:
        try:
            spec = elaborate_spec(self._with_factor(node), like=self.case.spec)
            mended = Case(spec, in_haste=True)
            pairs = zip(self.case.parts, mended.parts, strict=False)
            (part,) = (new for old, new in pairs if old.subject == self.first.subject)
            return _roots(mended, part, self._is_near_its_end)
        except Exception:  # a spec that no one would write: nothing is told
            return None

    def _with_factor(self, node: Expr) -> Spec:
        spec = spec_with(self.case.spec.spec, node, Call("*", (Name(_NAME), node)))
        span = spec.lets[0].span if spec.lets else spec.groups[0].span
        return replace(spec, lets=(*spec.lets, Let(_NAME, None, Number("1"), span, span)))

    def _is(self, root: al.Scalar, by: Expr) -> bool:
        """Whether the root is this number; True where it speaks of what has no value here."""
        try:
            value = _value(by, self._known | {s.name: generator(s) for s in al.symbols(root)})
        except al.Pole:  # over a number that is zero
            return True
        return value is None or value == root

    @cached_property
    def _known(self) -> dict[str, al.Scalar]:
        """What the names of numbers mean in the refuted term."""
        spec = self.case.spec
        read = self._part.varied.frame.read
        found = {n: al.time(n) for d in spec.draws for n in d.names}
        for name, let in spec.lets.items():
            with suppress(
                *STOPS, ArithmeticError, AssertionError, LookupError, TypeError, ValueError
            ):
                found |= {name: read.scalar(let)} if let.type.is_scalar else {}
        return found | {n: al.setting(n) for n in spec.settings}


def _is_said_in_names(by: Expr, site: Site) -> bool:
    called = (n for n in walk(by) if isinstance(n, Call) and n.op in site.functions)
    return bool(names(by)) or any(True for _ in called)


def _value(e: Expr, known: Mapping[str, al.Scalar]) -> al.Scalar | None:
    match e:
        case Number():
            return al.scalar(e.value)
        case Name(name):
            return known.get(name)
        case Call(op, args) if op in _MEANING:
            values = [_value(a, known) for a in args]
            return None if None in values else _MEANING[op](*values)
        case _:
            return None


_MEANING: dict[str, Callable[..., al.Scalar]] = {
    "+": al.Scalar.__add__,
    "-": al.Scalar.__sub__,
    "*": al.Scalar.__mul__,
    "/": al.Scalar.__truediv__,
    "neg": al.Scalar.__neg__,
}


def _roots(case: Case, part: Part, is_near_its_end: bool) -> list[al.Scalar] | None:
    """The factors at which the residual is zero, where a bound does not act or a share has ended.

    None where any factor may do, or the residual is not linear in it.
    """
    truth = case.truth_for(part)
    left = put_truth(part.ended.residual, truth)
    forms: list[Any] = [left, *(form for form, _ in branches(left))]
    if is_near_its_end:
        late = put_truth(part.varied.residual, truth)
        forms += [form for *_, form in near(case.spec, late)]
    found = [_root(form) for form in forms]
    return None if None in found else [root for some in found for root in some or []]


def _root(form: al.Vector) -> list[al.Scalar] | None:
    mean = expected(form)
    slope = al.D(mean.value, _FACTOR)
    if mean.moments or al.symbol(_FACTOR) in slope.deps:
        return None
    if slope.is_zero:
        return None if mean.value.is_zero else []
    there = next(iter(slope.terms))
    at_zero = al.put(mean.value, {_FACTOR: al.ZERO})
    root = -at_zero.terms.get(there, al.ZERO) / slope.terms[there]
    return [root] if al.put(mean.value, {_FACTOR: root}).is_zero else []
