"""Types: what an expression is, at which level it lives, what span of time it covers.

In a flat space every vector-valued expression is a weighted sum of states and velocities.
Two numbers tell what it is: its *mass*, the sum of the weights of states, and its
*moment*, the sum of weight times level, where a velocity weighs nothing and has moment 1.

    mass 1, moment a     a point at level a         z - (t - r) * u(z, r, t):  point@r
    mass 0, moment k     a displacement over k      D(z, t), e - x:            a velocity, k = 1
                                                    v - u, D(u(z, r, t), t):   a difference, k = 0

Both are linear, so levels add by themselves and a reversed sign shows as moment -1.
Where either is not known the expression is a plain `vector` and nothing is claimed of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from fmdsl.terms.level import ONE, ZERO, Poly

#: Kinds with one number per example, and kinds with the shape of the state.
SCALARS = ("scalar", "logit", "label", "bool")
VECTORS = ("point", "tangent", "noise", "mean", "vector", "covector", "feature")


@dataclass(frozen=True, slots=True)
class Type:
    """Kind, and for states and tangents the pair (mass, moment), None where not known.

    `velocity` says of a tangent which velocity it is, where that is known:
    conditional, marginal, average, model.
    """

    kind: str
    mass: Poly | None = None
    moment: Poly | None = None
    velocity: str = ""

    @property
    def is_vector(self) -> bool:
        return self.kind in VECTORS

    @property
    def is_scalar(self) -> bool:
        return self.kind in SCALARS

    @property
    def known(self) -> bool:
        return self.mass is not None and self.moment is not None

    @property
    def level(self) -> Poly | None:
        """The time at which a state lives."""
        return self.moment if self.mass == ONE else None

    def named(self, kind: str, velocity: str = "") -> Type:
        return replace(self, kind=kind, velocity=velocity)


SCALAR = Type("scalar")
LABEL = Type("label")
BOOL = Type("bool")
VECTOR = Type("vector")
FEATURE = Type("feature")
UNKNOWN = Type("unknown")
TUPLE = Type("tuple")


def point(level: Poly | None) -> Type:
    """A state at a level, or at a level nobody knows."""
    return Type("point", ONE if level is not None else None, level)


def tangent(span: Poly | None, velocity: str = "") -> Type:
    """A displacement over `span` units of time; a velocity has span 1."""
    return Type("tangent", ZERO if span is not None else None, span, velocity)


def affine(mass: Poly | None, moment: Poly | None) -> Type:
    """The type of a weighted sum, from its two numbers."""
    if mass is None or moment is None:
        return VECTOR
    if mass == ONE:
        return point(moment)
    if mass == ZERO:
        return tangent(moment)
    return Type("vector", mass, moment)


def describe(kind: Type, level: Callable[[Poly], str] | None = None) -> str:
    """A noun phrase for messages: `a point at level r`, `a velocity`.

    `level` writes a level or a span of time; the default shows its normal form.
    """
    show = level or Poly.show
    if kind.kind in _PHRASES:
        return _PHRASES[kind.kind]
    if kind.mass == ONE and kind.moment is not None:
        return f"a point at level {show(kind.moment)}"
    if kind.mass == ZERO and kind.moment is not None:
        return _displacement(kind.moment, kind.velocity, show)
    if kind.known and kind.mass is not None:
        return f"a sum of points of total weight {show(kind.mass)}"
    return f"a {kind.kind}"


_PHRASES = {
    "mean": "a denoiser's mean",
    "noise": "noise",
    "covector": "a score",
    "feature": "a feature",
    "label": "a label",
    "logit": "a logit",
    "scalar": "a number",
    "bool": "a comparison",
    "tuple": "a tuple",
}
_VELOCITIES = {"conditional": "the conditional velocity", "marginal": "the marginal velocity"}


def _displacement(moment: Poly, velocity: str, show: Callable[[Poly], str]) -> str:
    if moment == ONE:
        return _VELOCITIES.get(velocity, "a velocity")
    if moment == ZERO:
        return "a difference of velocities"
    if moment == -ONE:
        return "a velocity with its sign reversed"
    if moment.value is not None:
        return f"a sum of velocities of total weight {show(moment)}"
    return f"a displacement over {show(moment)}"
