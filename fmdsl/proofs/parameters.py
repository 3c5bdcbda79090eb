"""Clocks on which the velocity of a flow itself depends: a scale of guidance that the net is told.

A flow is of one velocity, whatever clocks that holds, so that an identity with such a flow speaks
of the net at those clocks alone. A form in which every call has other ones, the same everywhere,
is read under the new names; one in which calls differ is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol, Vector
from fmdsl.algebra.field import generator
from fmdsl.proofs.linear import Unknown, solve_clocks


def parameters(value: Vector) -> frozenset[Symbol]:
    """The clocks inside the velocities of the flows of a value."""
    found: set[Symbol] = set()
    for jet in al.jets(value):
        if jet.fn.role == "flow" and jet.fn.of is not None and jet.fn.of.rule is not None:
            form = jet.fn.of.rule(al.state("ż"), al.time("ṫ"), *jet.labels)
            clocks = {s for s in form.deps if isinstance(s, Symbol) and s.kind == "time"}
            found |= clocks - {al.symbol(al.time("ṫ"))}
    return frozenset(found)


def renamed(value: Vector, times: tuple[Scalar, ...], calls: Iterable[Jet]) -> frozenset[Symbol]:
    """The parameters that all calls have under other names. Raises Unknown where calls differ."""
    inside = parameters(value)
    if not inside:
        return frozenset()
    given: set[tuple[Scalar, ...]] = set()
    names = sorted(inside, key=lambda s: s.uid)
    for jet in calls:
        clocks = solve_clocks(times, jet.times, anywhere=True)
        given.add(tuple(clocks.get(s, generator(s)) for s in names))
    own = tuple(map(generator, names))
    if len(given) > 1:
        raise Unknown("the identity's velocity is of other clocks in each call")
    return frozenset() if given <= {own} else inside


def under_one_name(whole: Any, lost: frozenset[Symbol]) -> Any:
    """The form, once it is seen that no clock of the old names is left in it."""
    if lost & whole.deps:
        raise Unknown("the identity's velocity is read at other clocks than its own")
    return whole
