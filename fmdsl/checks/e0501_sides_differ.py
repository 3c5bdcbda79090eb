"""An identity whose sides are different things

Both sides of an equation are the same kind of thing: two velocities, or two states at one level.
The average velocity over [r, t] is a displacement divided by the time it takes.

Wrong:

    identity:
      - u(z, r, t) = flow(z, t, r) - z

Right:

    identity:
      - u(z, r, t) = (flow(z, t, r) - z) / (r - t)
"""

from __future__ import annotations

from collections.abc import Iterator

from fmdsl.checks.check import Check
from fmdsl.checks.words import phrase
from fmdsl.semantics.calls import differs
from fmdsl.semantics.elaborated import Elaborated, Equation
from fmdsl.syntax.diagnostic import Diagnostic, Label
from fmdsl.terms.types import Type

#: Kinds that are no states and no velocities, and equal only their own kind.
_APART = ("covector", "feature", "label", "tuple", "bool")


def _run(spec: Elaborated) -> Iterator[Diagnostic]:
    return (_unlike(spec, e) for e in spec.equations if _differ(e.left.type, e.right.type))


def _unlike(spec: Elaborated, equation: Equation) -> Diagnostic:
    left, right = (phrase(spec, side.type) for side in (equation.left, equation.right))
    sides = ((equation.right, right), (equation.left, left))
    return Diagnostic(
        "E0501",
        f"an identity sets {left} equal to {right}",
        tuple(Label(t.span, f"this is {what}") for t, what in sides if t.span),
        helps=tuple(_remedy(equation.left.type, equation.right.type)),
    )


def _remedy(left: Type, right: Type) -> Iterator[str]:
    if left.kind == "tangent" and right.kind == "tangent":
        yield "a displacement divided by the time it takes is a velocity"
    elif {left.kind, right.kind} == {"tangent", "point"}:
        yield "`(flow(z, t, r) - z) / (r - t)` is a velocity, `z - t * v` a state"


def _differ(left: Type, right: Type) -> bool:
    if "unknown" in (left.kind, right.kind):
        return False
    if left.is_vector != right.is_vector:
        return True
    apart = left.kind in _APART or right.kind in _APART
    if apart and left.kind != right.kind:
        return "vector" not in (left.kind, right.kind)
    return not apart and (differs(left, right) or differs(right, left))


CHECK = Check("E0501", _run)
