"""A typed equation, read: one net, one exact object, and names with roles."""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.catalog import closest
from fmdsl.ops import OPERATORS, SPECIAL
from fmdsl.proofs.derive.refusal import NotDerived
from fmdsl.proofs.derive.roles import names_have_roles
from fmdsl.proofs.derive.said import EXAMPLE, Said
from fmdsl.proofs.derive.say import mapped
from fmdsl.syntax.expr import Call, Compare, Expr, Name, walk
from fmdsl.syntax.parse import parse_at
from fmdsl.syntax.show import show
from fmdsl.syntax.source import Source, Span

_EXACT = ("flow", "velocity")
_TAKEN = {s.partition("(")[0] for s in SPECIAL}
_KNOWN = {*OPERATORS, *_TAKEN, "+", "-", "*", "/", "^", "neg", "@", "->"}


def read_equation(text: str) -> Said:
    """The equation that a user typed.

    Raises Fault where it is none of the grammar's, NotDerived where it is no law of one net.
    """
    parsed = parse_at(Span(Source("<law>", text), 0, len(text)))
    if not isinstance(parsed, Compare) or parsed.signs != ("=",):
        raise NotDerived(f"`{text}` is no equation", f"write both sides: `{EXAMPLE}`")
    exact = _one(parsed, [c for c in _calls(parsed) if c.op in _EXACT], "exact object")
    nets = [c for c in _calls(parsed) if c.op not in _KNOWN]
    left, right = parsed.operands
    sides = tuple(_without_teacher(e) for e in _net_first(left, right))
    of = _teacher(exact)
    plain = Call(exact.op, exact.args)
    said = Said(Compare(("=",), sides), plain, _net(parsed, nets), of)
    names_have_roles(said)
    return said


def _teacher(exact: Call) -> str | None:
    """The velocity whose flow it is: `of=T`."""
    of = exact.keyword("of")
    if exact.kwargs and (len(exact.kwargs) > 1 or not isinstance(of, Name)):
        raise NotDerived(f"`{show(exact)}` is not of the form `flow(z, t, r, of=T)`",
                         "name a teacher, or leave it out: then it is the data's")  # fmt: skip
    return of.id if isinstance(of, Name) else None


def _without_teacher(e: Expr) -> Expr:
    """The flow of whatever velocity: `of=T` is left out."""
    return mapped(e, lambda n: Call(n.op, n.args) if isinstance(n, Call) and n.op in _EXACT else n)


def _calls(e: Expr) -> Iterator[Call]:
    return (n for n in walk(e) if isinstance(n, Call))


def _one(law: Expr, found: list[Call], what: str) -> Call:
    if not found:
        odd = [closest(c.op, _EXACT) for c in _calls(law) if c.op not in _KNOWN]
        near = next((f"; did you mean `{o}`?" for o in odd if o), "")
        raise NotDerived(
            f"the law `{show(law)}` speaks of no `flow` and no `velocity`{near}",
            f"say what the net is by the data's flow: `{EXAMPLE}`",
        )
    if len({show(c) for c in found}) > 1:
        told = " and ".join(dict.fromkeys(f"`{show(c)}`" for c in found))
        raise NotDerived(f"the law holds more than one {what}: {told}",
                         "keep one: the derivation composes and differentiates it")  # fmt: skip
    return found[0]


def _net(law: Expr, found: list[Call]) -> Call:
    if not found:
        raise NotDerived(f"the law `{show(law)}` holds no net to solve for",
                         f"call the net with what it is told: `{EXAMPLE}`")  # fmt: skip
    if len({c.op for c in found}) > 1:
        told = " and ".join(dict.fromkeys(f"`{c.op}`" for c in found))
        raise NotDerived(f"the law speaks of several nets, {told}, and has one equation",
                         "say what each of them is in a law of its own")  # fmt: skip
    return _one(law, found, "call of its net")


def _net_first(left: Expr, right: Expr) -> tuple[Expr, Expr]:
    known = any(c.op not in _KNOWN for c in _calls(left))
    return (left, right) if known else (right, left)
