"""From a law to an objective: differentiate, solve for the net, put the stops.

| law | by | for | stops | |
|---|---|---|---|---|
| average | t | u | target | MeanFlow |
| average | t | u | derivative | improved MeanFlow |
| average | t | u | space, own velocity | Eulerian self-distillation |
| average | r | u | velocity, own | Lagrangian self-distillation |
| map | s | F | velocity, own | terminal velocity matching |
| consistency | t | f | derivative | continuous consistency |

The derivative of the law is taken by the algebra, and the residual of the written objective is
compared with it: an objective that does not follow is not returned.
"""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Vector
from fmdsl.catalog import closest
from fmdsl.proofs.case import Case
from fmdsl.proofs.objectives import OBJECTIVES, Objective
from fmdsl.proofs.variation import Varied
from fmdsl.proofs.verdict import Step
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read_text
from fmdsl.syntax.show_spec import show_spec

_T, _R = al.time("t"), al.time("r")
_Z, _V = al.state("z"), al.velocity("v")
_U = al.net("u")
#: Ways to say a law.
ALIASES = {
    "(t - r) * u = integral of v": "average",
    "f(z, t, s) = flow(z, t, s)": "map",
    "f(z, t) = flow(z, t, 0)": "consistency",
}


class NotDerived(Exception):
    """No objective follows by these choices; the message says which do."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A spec as text, and how it came about."""

    text: str
    steps: tuple[Step, ...]


def derive(law: str, by: str, net: str, stop: str = "") -> Derived:
    """The objective for a law, a variable to differentiate by and a net to solve for.

    `stop` chooses among the objectives that differ in what is stopped. Raises NotDerived.
    """
    found = _choose(" ".join(law.split()), by, net, stop)
    residual, steps = _differentiated(found)
    spec = read_text(found.text)
    case = Case(elaborate_spec(spec))
    part = case.parts[0]
    written = _written(part.varied, found)
    if not (written - residual).is_zero and not (written + residual).is_zero:
        raise NotDerived(
            f"the objective of {found.name} does not follow: {al.text(written - residual)}"
        )
    steps.append(Step(found.words))
    steps.append(
        Step("The residual of the objective, in expectation, is that derivative:", written)
    )
    return Derived(show_spec(spec), tuple(steps))


def _choose(law: str, by: str, net: str, stop: str) -> Objective:
    law = ALIASES.get(law, law)
    laws = {o.law for o in OBJECTIVES}
    if law not in laws:
        near = closest(law, laws)
        hint = f"; did you mean `{near}`?" if near else ""
        raise NotDerived(f"there is no law `{law}`; known are {', '.join(sorted(laws))}{hint}")
    alike = [o for o in OBJECTIVES if o.law == law and o.by == by and o.net == net]
    if not alike:
        pairs = dict.fromkeys(f"--by {o.by} --for {o.net}" for o in OBJECTIVES if o.law == law)
        ways = ", ".join(pairs)
        raise NotDerived(f"no objective follows from `{law}` by {by} for {net}; there are: {ways}")
    chosen = [o for o in alike if stop in ("", o.stop)]
    if not chosen:
        stops = ", ".join(o.stop for o in alike)
        raise NotDerived(f"no objective stops `{stop}` here; there are: --stop {stops}")
    return chosen[0]


def _differentiated(found: Objective) -> tuple[Vector, list[Step]]:
    """The law, and its derivative by the chosen variable, with the flow read off the law."""
    if found.law == "average":
        return _average(found)
    return _map(found)


def _average(found: Objective) -> tuple[Vector, list[Step]]:
    flow = al.flow(_Z, _T, _R, _V)
    law = (_T - _R) * _U(_Z, _R, _T) - (_Z - flow)
    steps = [
        Step(
            "The law, (t - r) u = integral of v over [r, t] = z - flow(z, t, r):",
            law,
        )
    ]
    if found.by == "t":
        moved = al.D(law, _T, z=_V(_Z, _T))
        steps.append(Step("Its derivative by t along dz/dt = v; the flow does not change:", moved))
        return moved, steps
    moved = -al.D(law, _R)
    steps.append(Step("Its derivative by r, z and t held, with the sign turned:", moved))
    image = _Z - (_T - _R) * _U(_Z, _R, _T)
    own = _U(_Z, _R, _T) - (_T - _R) * al.D(_U(_Z, _R, _T), _R) - _U(image, _R, _R)
    steps.append(Step("By the law flow(z, t, r) = z - (t - r) u, and v(z, r) = u(z, r, r):", own))
    return own, steps


def _map(found: Objective) -> tuple[Vector, list[Step]]:
    s, f = al.time("s"), al.net("F")
    if found.law == "map":
        image = _Z + (s - _T) * f(_Z, _T, s)
        law = image - al.flow(_Z, _T, s, _V)
        moved = al.D(law, s)
        own = al.D(image, s) - f(image, s, s)
        steps = [Step("The law, f(z, t, s) = flow(z, t, s) with f = z + (s - t) F:", law),
                 Step("Its derivative by s, z and t held:", moved),
                 Step("By the law itself, and v(z, s) = F(z, s, s):", own)]  # fmt: skip
        return own, steps
    image = _Z - _T * f(_Z, _T)
    law = image - al.flow(_Z, _T, al.ZERO, _V)
    moved = al.D(law, _T, z=_V(_Z, _T))
    steps = [Step("The law, f(z, t) = flow(z, t, 0) with f = z - t F:", law),
             Step("Its derivative by t along dz/dt = v, the flow constant:", moved)]  # fmt: skip
    return moved, steps


def _written(varied: Varied, found: Objective) -> Vector:
    """The residual of the written objective in the derivation's names, at the mean of the draws."""
    form = varied.residual
    form = (
        al.put(form, {al.random("ξ"): al.NULL}) if al.basis(al.random("ξ")) in form.deps else form
    )
    form = al.put(form, {varied.frame.z: _Z}) if varied.frame.z.terms else form
    if found.own_velocity == "conditional":
        return form
    diagonal = _U(_Z, _T, _T)
    return form + (diagonal - _V(_Z, _T)) + _along(diagonal) if found.by == "t" else form


def _along(diagonal: Vector) -> Vector:
    """What the derivative along the velocity has more than that along the net's diagonal."""
    gap = _V(_Z, _T) - diagonal
    return (_T - _R) * al.jvp(_U(_Z, _R, _T), {_Z: gap})
