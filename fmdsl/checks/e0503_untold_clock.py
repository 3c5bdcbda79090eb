"""An identity speaks of a clock that its net is not told

A net is a function of what it is given. An average velocity over [r, t] is another one for each
r; a net that is given z and t alone, or t in the place of r, cannot be it, whatever it learns. The
clock of a state counts as told: it is bound by the state that is passed.

Wrong:

    nets:
      u: student(point@t, t) -> tangent
    identity:
      - u(z, t) = (flow(z, t, r) - z) / (r - t)

Right:

    nets:
      u: student(point@t, r, t) -> tangent
    identity:
      - u(z, r, t) = (flow(z, t, r) - z) / (r - t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import quoted
from fmdsl.semantics.elaborated import Elaborated, Equation
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.build import poly
from fmdsl.terms.term import Term, walk


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    for equation in spec.equations:
        nets = [t for t in walk(equation.left) if t.op == "jet" and t["fn"] in spec.outputs]
        if len(nets) == 1 and spec.outputs[nets[0]["fn"]].is_trained:
            yield from _untold(equation, nets[0])


def _untold(equation: Equation, call: Term) -> Iterator[Diagnostic]:
    told = _distinct(_given(call))
    for clock in _distinct(_asked(equation.right)):
        free = frozenset[str]().union(clock.free, *(t.free for t in told))
        if clock.key in {t.key for t in told} or len(free) <= len(told):
            continue
        if _is_apart(clock, told) and clock.span and call.span:
            net = call["fn"]
            labels = (
                Label(clock.span, f"this depends on {quoted(clock)}"),
                Label(call.span, f"`{net}` is told {', '.join(map(quoted, told)) or 'no clock'}"),
            )
            message = f"the identity of `{net}` depends on a clock that `{net}` is not told"
            yield Diagnostic("E0503", message, labels, helps=(f"give `{net}` {quoted(clock)}",))
            return


def _given(call: Term) -> Iterator[Term]:
    """The clocks that a net is given, those of its states with them."""
    for a in call.place:
        if a.type.is_vector:
            yield from (t.args[3] for t in walk(a) if t.op == "path")
        elif a.type.is_scalar:
            yield a


def _asked(right: Term) -> Iterator[Term]:
    """The clocks at which the exact objects of a side are taken."""
    for t in walk(right):
        if t.op == "jet" and t["copy"] == "exact":
            yield from (a for a in t.place if a.type.is_scalar)


def _distinct(terms: Iterator[Term]) -> list[Term]:
    """Clocks that differ, without numbers."""
    return list({t.key: t for t in terms if t.free}.values())


def _is_apart(clock: Term, told: list[Term]) -> bool:
    """Whether something in a clock stands in none of those that are told."""
    value = poly(clock)
    known = [poly(t) for t in told]
    if value is None or None in known:
        return False
    return bool(value.atoms - {a for k in known if k is not None for a in k.atoms})


CHECK = Check("E0503", _run)
