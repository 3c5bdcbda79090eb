"""The law that refutes: Gaussian data, for which every exact object has a closed form.

`x ~ N(m, ρ² I)` makes `z ~ N(α m, S² I)` with `S² = α² ρ² + σ²`; the flow from t to r is
`α_r m + (S_r / S_t) (z - α_t m)`, affine in z. So the expectation given z of what is affine in
the draws is its value at their means, where a general law would leave it undecided. A residual
that is not zero here refutes the objective: it must hold for every law.
"""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.law import DATA_VELOCITY, weights_at
from fmdsl.semantics.elaborated import Elaborated

_SPREAD = al.setting("ρ")
_CLOCK = al.time("ş")


def gaussian_data(spec: Elaborated) -> dict[Any, Any]:
    """What to put for the data's velocity and its flow."""
    flow = al.Net(flow_of(DATA_VELOCITY.fn))
    return {DATA_VELOCITY: _velocity(spec), flow: _flow(spec)}


def _mean(labels: tuple[str, ...]) -> Vector:
    return al.state("m" + "".join(labels))


def _spread(spec: Elaborated, t: Scalar) -> Scalar:
    at = weights_at(spec, t)
    return al.sqrt((at.alpha * _SPREAD) ** 2 + at.sigma**2)


def _flow(spec: Elaborated) -> Any:
    def value(z: Vector, t: Scalar, r: Scalar, *labels: str) -> Vector:
        m = _mean(labels)
        start, end = weights_at(spec, t).alpha, weights_at(spec, r).alpha
        return end * m + (_spread(spec, r) / _spread(spec, t)) * (z - start * m)

    return value


def _velocity(spec: Elaborated) -> Any:
    flow = _flow(spec)

    def value(z: Vector, t: Scalar, *labels: str) -> Vector:
        there = flow(z, _CLOCK, t, *labels)
        try:
            moved = al.D(there, t)
        except ValueError:
            step = al.time("ħ")
            moved = al.put(al.D(flow(z, _CLOCK, t + step, *labels), step), {step: 0})
        return al.put(moved, {_CLOCK: t})

    return value
