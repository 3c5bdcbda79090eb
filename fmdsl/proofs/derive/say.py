"""From forms of the algebra back to expressions of the language."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache

from fmdsl import algebra as al
from fmdsl.algebra import Scalar
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.syntax.expr import Call, Compare, Expr, Name, Number, Tuple
from fmdsl.syntax.parse import parse
from fmdsl.syntax.show import SUM, show


def call(op: str, *args: Expr, **named: Expr) -> Call:
    """`op(args, name=value)`."""
    return Call(op, args, tuple(named.items()))


def stopped(e: Expr) -> Call:
    """`sg(e)`."""
    return call("sg", e)


def put(e: Expr, names: Mapping[str, Expr]) -> Expr:
    """The expression with names replaced, all at once."""
    return mapped(e, lambda n: names.get(n.id, n) if isinstance(n, Name) else n)


def mapped(e: Expr, rule: Callable[[Name | Call], Expr]) -> Expr:
    """The expression with each name and each call, its arguments done, replaced."""
    match e:
        case Name():
            return rule(e)
        case Call(op, args, kwargs):
            held = tuple((k, mapped(v, rule)) for k, v in kwargs)
            return rule(Call(op, tuple(mapped(a, rule) for a in args), held))
        case Tuple(items):
            return Tuple(tuple(mapped(i, rule) for i in items))
        case Compare(signs, operands):
            return Compare(signs, tuple(mapped(o, rule) for o in operands))
        case Number():
            return e


@lru_cache(maxsize=1024)
def number(s: Scalar) -> Expr:
    """A scalar as it is written. Raises NotDerived where it holds a slope that no spec writes."""
    for jet in al.jets(s):
        if jet.fn.role == "function" and any(jet.orders):
            raise NotDerived(f"it holds the slope of `{jet.fn.name}`, which a spec cannot write",
                             f"say the law without `{jet.fn.name}`")  # fmt: skip
    return parse(al.text(s))


def scaled(factor: Scalar, e: Expr) -> Expr:
    """`factor * e`; one over a number divides."""
    if factor == al.ONE:
        return e
    below = al.ONE / factor
    if not factor.is_number and _is_whole(below) and not _is_whole(factor):
        return call("/", e, number(below))
    return call("*", number(factor), e)


def _is_whole(s: Scalar) -> bool:
    return s.over == al.ONE


def added(parts: Iterable[tuple[Scalar, Expr]], at: Mapping[Scalar, Scalar] | None = None) -> Expr:
    """The sum, a positive term first; `at` are clocks at which signs are read: `t - r` is positive.

    A number that all terms share stands before them.
    """
    terms = [(k, e) for k, e in parts if not k.is_zero]
    if not terms:
        return Number("0")
    lead = terms[0][0]
    lead = lead if sign(lead, at) > 0 else -lead
    if len(terms) > 1 and not lead.is_number and all(k in (lead, -lead) for k, _ in terms):
        return scaled(lead, added([(k / lead, e) for k, e in terms]))
    first = next((i for i, (k, _) in enumerate(terms) if sign(k, at) > 0), 0)
    terms.insert(0, terms.pop(first))
    out: Expr | None = None
    for k, e in terms:
        plus = sign(k, at) > 0
        term = scaled(k if plus else -k, e)
        if out is None:
            out = term if plus else call("neg", term)
        else:
            out = call("+" if plus else "-", out, term)
    assert out is not None
    return out


def sign(factor: Scalar, at: Mapping[Scalar, Scalar] | None = None) -> int:
    """The sign of a number where the clocks are so; of its first term, where that is not told."""
    value = al.put(factor, at) if at else factor
    negative = value.number < 0 if value.is_number else al.text(factor).startswith("-")
    return -1 if negative else 1


def text(e: Expr) -> str:
    """One value of a spec."""
    return show(e, SUM)
