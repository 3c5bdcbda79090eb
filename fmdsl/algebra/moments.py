"""Second moments: what the law of the path says of `E[ξ ⊗ ξ given z]`.

For `z = alpha x + sigma e` with Gaussian e, `Cov(x given z) = (sigma^2/alpha) D E[x given z]`
(second-order Tweedie). Products of two inner products with ξ are resolved by it; the trace
`E[norm2(ξ)]` stays a named moment, for no sum over coordinates is taken here.
"""

from __future__ import annotations

from fmdsl.algebra import poly
from fmdsl.algebra.atoms import Atom, Basis, Dot
from fmdsl.algebra.derivative import Tangent
from fmdsl.algebra.expectation import Given, Path
from fmdsl.algebra.field import ZERO, Scalar
from fmdsl.algebra.intern import GENS
from fmdsl.algebra.poly import Mono
from fmdsl.algebra.scalar import dot
from fmdsl.algebra.undecided import Undecided
from fmdsl.algebra.vector import Vector, atom


def data_covariance(path: Path, z: Vector, v: Vector, along: Vector) -> Vector:
    """`Cov(x given z)` applied to a vector."""
    (place,) = z.terms
    assert isinstance(place, Basis)
    mean = path.data_mean(z, v)
    return path.sigma**2 / path.alpha * Tangent(states={place: along}).vector(mean)


def velocity_covariance(given: Given, along: Vector) -> Vector:
    """`E[ξ dot(ξ, a) given z]` for a vector a that is no draw."""
    da, ds = given.path.speeds
    alpha, sigma = given.path.alpha, given.path.sigma
    factor = (ds * alpha - sigma * da) / sigma
    return factor**2 * data_covariance(given.path, given.z, given.v, along)


def second_moment(form: Scalar, given: Given) -> Scalar:
    """The part of degree two in ξ, where each ξ stands in an inner product of its own."""
    (draw,) = given.xi.terms
    ours = frozenset(g.uid for g in form.gens if isinstance(g, Dot) and draw in g.deps)
    out = ZERO
    for mono, rest in poly.split(form.num, ours).items():
        left, right = _partners(mono, draw, form)
        meeting = dot(left, velocity_covariance(given, right))
        mirrored = dot(right, velocity_covariance(given, left))
        out = out + Scalar(rest) * form.over * (meeting + mirrored) / 2
    return out


def _partners(mono: Mono, draw: Atom, form: Scalar) -> tuple[Vector, Vector]:
    """The two vectors that ξ is paired with."""
    found: list[Vector] = []
    for uid, k in mono:
        gen = GENS[uid]
        assert isinstance(gen, Dot)
        other = gen.right if gen.left is draw else gen.left
        if draw in other.deps or draw not in (gen.left, gen.right):
            raise Undecided("a second moment that no rule resolves", form)
        found += [atom(other)] * k
    if len(found) != 2:
        raise Undecided("not of degree two in the random velocity", form)
    return found[0], found[1]
