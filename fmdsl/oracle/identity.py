"""An identity solved for a net: `f = z - t * u = flow(z, t, 0)` gives `u` as a function.

The equation is linear in the net's call. Coefficients are normal forms, so that the quotient
`(flow(z, t, r) - z) / (r - t)` becomes the average velocity, which has a value at r = t.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.namespace import wide
from fmdsl.semantics.exact import is_flow
from fmdsl.terms.build import Opaque, poly
from fmdsl.terms.level import ONE, Inverse, Poly
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make, walk

#: Vectors with their coefficients, by the vector's key.
Sum = dict[int, tuple[Term, Poly]]


@dataclass(frozen=True, slots=True)
class Solution:
    """`net = sum of coefficient times vector`, and the names of the clocks' terms."""

    parts: tuple[tuple[Term, Poly], ...]
    leaves: dict[str, Term]

    def __call__(self, values: Evaluator) -> Any:
        """The net's value, once the quantities of the identity are known."""
        total: Any = None
        for vector, coefficient in self.parts:
            value = values(vector)
            term = wide(self._number(coefficient, values), value) * value
            total = term if total is None else total + term
        if total is None:
            raise NotMeasured("the identity makes the net zero")
        return total

    def _number(self, coefficient: Poly, values: Evaluator) -> Any:
        total: Any = 0.0
        for monomial, c in coefficient.terms:
            part: Any = float(c)
            for atom, power in monomial:
                part = part * self._atom(atom, values) ** power
            total = total + part
        return total

    def _atom(self, atom: Any, values: Evaluator) -> Any:
        if isinstance(atom, Inverse):
            return 1 / self._number(atom.of, values)
        return values(atom.term if isinstance(atom, Opaque) else self.leaves[atom])


def solution(left: Term, right: Term, call: Term, held: frozenset[int]) -> Solution:
    """The equation solved for `call`; what is `held` is not looked into.

    Raises NotMeasured where the equation is not linear in the call.
    """
    total = _plus(_sum(left, ONE, held | {call.key}), _sum(right, -ONE, held | {call.key}))
    total = _averages(total, held)
    if call.key not in total or any(_holds(t, call) for t, _ in total.values() if t != call):
        raise NotMeasured(f"the identity is not linear in `{show_term(call)}`")
    divisor = total.pop(call.key)[1].inverse()
    parts = tuple((t, -k * divisor) for t, k in total.values() if k.terms)
    terms = (left, right)
    leaves = {t["name"]: t for t in walk(*terms) if t.op in ("draw", "param", "setting")}
    return Solution(parts, leaves)


def summands(term: Term, held: frozenset[int]) -> list[Term]:
    """The vectors that a vector is a sum of, as far as sums and numbers go."""
    return [t for t, _ in _sum(term, ONE, held).values()]


def _sum(term: Term, times: Poly, held: frozenset[int]) -> Sum:
    """A vector as a sum of vectors that are not looked into."""
    bare = term.bare
    whole: Sum = {term.key: (bare, times)}
    if term.key in held:
        return whole
    match bare.op, [poly(a) for a in bare.args]:
        case "const", _ if bare["value"] == Fraction(0):
            return {}
        case "neg", _:
            return _sum(bare.args[0], -times, held)
        case (("+" | "-"), _):
            sign = times if bare.op == "+" else -times
            return _plus(_sum(bare.args[0], times, held), _sum(bare.args[1], sign, held))
        case "*", [Poly() as k, None]:
            return _sum(bare.args[1], times * k, held)
        case "*", [None, Poly() as k]:
            return _sum(bare.args[0], times * k, held)
        case "/", [None, Poly() as k] if k.terms:
            return _sum(bare.args[0], times * k.inverse(), held)
        case _:
            return whole


def _plus(a: Sum, b: Sum) -> Sum:
    total = dict(a)
    for key, (term, k) in b.items():
        total[key] = (term, total[key][1] + k if key in total else k)
    return total


def _averages(total: Sum, held: frozenset[int]) -> Sum:
    """Every `flow(z, t, r)` as `z + (r - t) * average(z, t, r)`."""
    result: Sum = {}
    for key, (term, k) in total.items():
        result = _plus(result, dict(_opened(key, term, k, held)))
    return result


def _opened(
    key: int, term: Term, k: Poly, held: frozenset[int]
) -> Iterator[tuple[int, tuple[Term, Poly]]]:
    if not is_flow(term) or term["order"] != 0:
        yield key, (term, k)
        return
    z, t, r, *told = term.place
    before, after = poly(t), poly(r)
    if before is None or after is None:
        yield key, (term, k)
        return
    place = (z, t, r, *told)
    mean = make("jet", *place, type=z.type, fn=_average(term), order=0, copy="exact")
    yield mean.key, (mean, k * (after - before))
    yield from _sum(z, k, held).items()


def _average(term: Term) -> str:
    return term["fn"].replace("flow", "average", 1)


def _holds(term: Term, call: Term) -> bool:
    return any(t.key == call.key for t in walk(term))
