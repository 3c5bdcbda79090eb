"""What is known of the exact objects, one rule each. These are the only axioms.

    flow(p, t, t)                         = p, its differential the identity, higher ones zero
    flow(flow(p, t, s), s, r)             = flow(p, t, r), and its differentials by the chain rule
    flow(p, t, s) along (dp, dt, ds)      = Dflow[dp - dt velocity(p, t)] + ds velocity(flow, s)
    exp' = exp,  log' = 1/x,  atan' = 1/(1 + x^2),  and 0 for a step, beside its jump

A flow therefore never carries a time derivative. Other functions are free: nets, and
velocities, are known only by their names.
"""

from __future__ import annotations

from fmdsl.algebra.atoms import Atom, Basis, Fn, Jet
from fmdsl.algebra.derivative import MOTIONS, SLOPES, STEPS, Tangent, place_motion
from fmdsl.algebra.field import ONE, ZERO, Scalar
from fmdsl.algebra.scalar import exp
from fmdsl.algebra.substitute import Map
from fmdsl.algebra.vector import (
    NULL,
    REWRITES,
    Directions,
    Vector,
    again,
    at,
    atom,
    directions,
    total,
)  # fmt: skip

SLOPES["exp"] = exp
SLOPES["log"] = lambda x: 1 / x
SLOPES.update(dict.fromkeys(STEPS, lambda _: ZERO))
SLOPES["atan"] = lambda x: 1 / (1 + x * x)


def velocity_of(flow: Jet, place: Vector, time: Scalar) -> Vector:
    """The velocity whose flow this is, at a place and a time."""
    field = flow.fn.of
    assert field is not None
    if field.rule is not None:
        return field.rule(place, time, *flow.labels)
    return at(field, [place], [time], flow.labels)


def flow_motion(jet: Jet, along: Tangent) -> Vector:
    """Eulerian in the start time, Lagrangian in the end time, linear in the place."""
    start, end = (along.scalar(s) for s in jet.times)
    parts = [(ONE, place_motion(jet, along))]
    if not start.is_zero:
        parts.append((-start, _differential(jet, _eulerian)))
    if not end.is_zero:
        parts.append((end, _differential(jet, _lagrangian)))
    return total(parts)


def _eulerian(jet: Jet, place: Vector) -> Vector:
    return again(jet, places=(place,), dirs=[(0, velocity_of(jet, place, jet.times[0]))])


def _lagrangian(jet: Jet, place: Vector) -> Vector:
    return velocity_of(jet, again(jet, places=(place,), dirs=()), jet.times[1])


def _differential(jet: Jet, rule: object) -> Vector:
    """A rule differentiated along the directions of the jet, at a formal place."""
    place = Basis("q", "formal")
    form: Vector = rule(jet, atom(place))  # type: ignore[operator]
    for _, direction in directions(jet):
        form = Tangent(states={place: direction}).vector(form)
    return Map(states={place: jet.places[0]})(form)


def flow_rewrite(jet: Jet) -> Vector | None:
    """No time, no motion; and two flows in a row are one."""
    if jet.times[0] == jet.times[1]:
        still = (jet.places[0], *(atom(a) for _, a in jet.dirs[:1]))
        return still[len(jet.dirs)] if len(jet.dirs) < 2 else NULL
    base = flowed(jet)
    return None if base is None else _from_base(jet, base)


def flowed(jet: Jet) -> Jet | None:
    """The flow whose end is this jet's place, at this jet's start time."""
    terms = jet.places[0].terms
    if len(terms) != 1:
        return None
    ((base, weight),) = terms.items()
    if not isinstance(base, Jet) or base.dirs or weight != ONE:
        return None
    same = (base.fn, base.labels) == (jet.fn, jet.labels)
    return base if same and base.times[1] == jet.times[0] else None


def _from_base(jet: Jet, base: Jet) -> Vector | None:
    """Differentials at a flowed place, told at the place it came from."""
    whole = (base.times[0], jet.times[1])
    if not jet.dirs:
        return again(base, times=whole)
    if whole[0] == whole[1] and len(jet.dirs) == 1:
        return _undone(jet, base)
    back = (jet.times[0], base.times[0])
    pulled = [again(jet, times=back, dirs=[d]) for d in directions(jet)]
    out = again(base, times=whole, dirs=[(0, d) for d in pulled])
    for blocks in _partitions(list(range(len(pulled)))):
        if len(blocks) < len(pulled):
            inner: Directions = [
                (0, again(base, dirs=[(0, pulled[i]) for i in block])) for block in blocks
            ]
            out = out - again(jet, dirs=inner)
    return out


def _undone(jet: Jet, base: Jet) -> Vector | None:
    """The differential of the way back undoes that of the way there."""
    there: Atom = jet.dirs[0][1]
    if isinstance(there, Jet) and len(there.dirs) == 1 and again(there, dirs=()) == atom(base):
        return atom(there.dirs[0][1])
    return None


def _partitions(items: list[int]) -> list[list[list[int]]]:
    """All ways to group the items."""
    if not items:
        return [[]]
    head, rest = items[0], _partitions(items[1:])
    out: list[list[list[int]]] = []
    for blocks in rest:
        out.append([[head], *blocks])
        for i, block in enumerate(blocks):
            out.append([*blocks[:i], [head, *block], *blocks[i + 1 :]])
    return out


def flow_of(field: Fn) -> Fn:
    """The flow of a velocity."""
    return Fn(field.name, "flow", field.copy, field)


MOTIONS["flow"] = flow_motion
REWRITES["flow"] = flow_rewrite
