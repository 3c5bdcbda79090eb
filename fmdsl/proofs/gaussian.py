"""The law that refutes: Gaussian data, for which every exact object has a closed form.

`x ~ N(m, ρ² I)` makes `z ~ N(α m, S² I)` with `S² = α² ρ² + σ²`; the flow from t to r is
`α_r m + (S_r / S_t) (z - α_t m)`, affine in z. So the expectation given z of what is affine in
the draws is its value at their means, where a general law would leave it undecided. A residual
that is not zero here refutes the objective: it must hold for every law, and for labels that tell
nothing of the data.
"""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.algebra import Jet, Scalar, Symbol, Vector
from fmdsl.algebra.field import generator
from fmdsl.algebra.laws import flow_of
from fmdsl.proofs.case import STOPS, Part
from fmdsl.proofs.excuse import unseen
from fmdsl.proofs.law import DATA_VELOCITY, weights_at
from fmdsl.proofs.plain import is_plain
from fmdsl.proofs.pull import sign_of
from fmdsl.proofs.truth import put_truth
from fmdsl.proofs.variation import expected
from fmdsl.proofs.verdict import counterexample
from fmdsl.semantics.elaborated import Elaborated

_MEAN, _SPREAD = al.state("m"), al.setting("ρ")
_CLOCK = al.time("ş")


def refuted_by_gaussian(
    part: Part, truth: dict[Any, Any]
) -> tuple[Vector, al.Counterexample, str] | None:
    """The residual that is left for Gaussian data, a world, and the levels at which it is left.

    None where it vanishes, or may vanish.
    """
    if not part.varied.frame.draws or not is_plain(part.varied.varied):
        return None
    try:
        left = _left(part, truth)
        hidden = unseen(part.varied, left)
        if left.is_zero or (hidden and not _left_everywhere(part, left, hidden)):
            return None
    except (*STOPS, RecursionError):
        return None
    world = counterexample(left)
    names = " and ".join(sorted(s.name for s in hidden))
    return None if world is None else (left, world, f", whatever {names} is" if names else "")


def _left(part: Part, truth: dict[Any, Any]) -> Vector:
    """The residual at the truth in expectation given z. Raises Undecided where moments remain."""
    left = put_truth(part.varied.residual, truth)
    left = al.put(left, gaussian_data(part.spec, left))
    others = (n for n in _noise(part.spec) if al.basis(n) in left.deps)
    mean = expected(al.put(left, dict.fromkeys(others, al.NULL)))
    if mean.moments:
        raise al.Undecided("moments of the conditional velocity remain", mean.value)
    return mean.value


def _noise(spec: Elaborated) -> list[Vector]:
    """Noise draws: those that did not make the state are independent of it, with mean zero."""
    return [al.random(n) for d in spec.draws if d.law.name == "noise" for n in d.names]


def _left_everywhere(part: Part, left: Vector, hidden: list[Symbol]) -> bool:
    """Whether one factor has one sign at all draws, and is not zero at the state's own level."""
    frame = part.varied.frame
    assert frame.state is not None
    own = frame.read.scalar(frame.state.args[3])
    together = {generator(s): own for s in hidden}
    for factor in left.terms.values():
        plain = al.put(factor, {_SPREAD: 1})
        if sign_of(part, plain) in (1, -1) and not al.put(plain, together).is_zero:
            return True
    return False


def gaussian_data(spec: Elaborated, form: Any) -> dict[Any, Any]:
    """What to put in a form for the data's velocity, its flow, and those of guided velocities."""
    known = (f for f in al.nets_in(form) if f.role == "flow" and f.of is not None)
    guided = [f for f in known if f.of is not None and f.of.rule is not None and _is_mean(f.of)]
    flows = [al.Net(flow_of(DATA_VELOCITY.fn)), *map(al.Net, guided)]
    return {DATA_VELOCITY: _velocity(spec), **dict.fromkeys(flows, _flow(spec))}


def _is_mean(of: al.Fn) -> bool:
    """Whether a velocity is a mean of the data's under labels: of one law, if no label tells."""
    assert of.rule is not None
    form = of.rule(al.state("ż"), al.time("ṫ"), "c")
    own = [c for a, c in form.terms.items() if isinstance(a, Jet) and a.fn == DATA_VELOCITY.fn]
    whole = sum(own, al.ZERO)
    return len(own) == len(form.terms) and (whole - 1).is_zero


def _spread(spec: Elaborated, t: Scalar) -> Scalar:
    at = weights_at(spec, t)
    return al.sqrt((at.alpha * _SPREAD) ** 2 + at.sigma**2)


def _flow(spec: Elaborated) -> Any:
    def value(z: Vector, t: Scalar, r: Scalar, *_: str) -> Vector:
        start, end = weights_at(spec, t).alpha, weights_at(spec, r).alpha
        return end * _MEAN + (_spread(spec, r) / _spread(spec, t)) * (z - start * _MEAN)

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
