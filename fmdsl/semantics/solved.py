"""An equation solved for the net it speaks of, where the net has a coefficient of clocks."""

from __future__ import annotations

from collections.abc import Container

from fmdsl.terms.build import add, divide, multiply, negate, subtract
from fmdsl.terms.term import Term, walk


def solved(left: Term, right: Term, nets: Container[str]) -> tuple[Term, Term]:
    """`z - (t - r) * u(z, r, t) = flow(z, t, r)` as `u(z, r, t) = (z - flow(z, t, r)) / (t - r)`.

    As it stands where the net is called twice, or is scaled by more than clocks: then the other
    side would say less.
    """
    calls = [t for side in (left, right) for t in walk(side) if _is_call(t, nets)]
    if len(calls) != 1:
        return left, right
    a, b = left, right
    while not _is_call(a, nets):
        found = _peeled(a, b, nets)
        if found is None:
            return left, right
        a, b = found
    return a, b


def _peeled(a: Term, b: Term, nets: Container[str]) -> tuple[Term, Term] | None:
    """One operation of the left side undone on the right."""
    within = [any(_is_call(t, nets) for t in walk(x)) for x in a.args]
    match a.op, within:
        case "let", _:
            return a.args[0], b
        case "neg", _:
            return a.args[0], negate(b)
        case "+", [True, False]:
            return a.args[0], subtract(b, a.args[1])
        case "+", [False, True]:
            return a.args[1], subtract(b, a.args[0])
        case "-", [True, False]:
            return a.args[0], add(b, a.args[1])
        case "-", [False, True]:
            return a.args[1], subtract(a.args[0], b)
        case "*", [False, True] if _of_clocks(a.args[0]):
            return a.args[1], divide(b, a.args[0])
        case "*", [True, False] if _of_clocks(a.args[1]):
            return a.args[0], divide(b, a.args[1])
        case "/", [True, False] if _of_clocks(a.args[1]):
            return a.args[0], multiply(a.args[1], b)
        case _:
            return None


#: What a coefficient of clocks is made of.
_PLAIN = frozenset({"+", "-", "*", "/", "neg", "let", "draw", "param", "const", "setting"})


def _of_clocks(t: Term) -> bool:
    return all(part.op in _PLAIN for part in walk(t))


def _is_call(t: Term, nets: Container[str]) -> bool:
    return t.op == "jet" and t["fn"] in nets
