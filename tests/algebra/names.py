"""The names that the relations of methods are written in.

`u` is an average velocity net `u(z, r, t)`, `v` the marginal velocity, `x, e` the draws,
`z` a point given as a state. Gradients are compared with θ⁻ tied to θ.
"""

from __future__ import annotations

from fmdsl.algebra import (
    D,
    Given,
    Path,
    Scalar,
    Vector,
    basis,
    flow,
    gradient,
    net,
    norm2,
    random,
    setting,
    sg,
    state,
    stationarity,
    symbol,
    tie,
    time,
    velocity,
)  # fmt: skip

t, r, s, h, tau = time("t"), time("r"), time("s"), time("h"), time("τ")
alpha, c = setting("α"), setting("c")
z, x, e, xi = state("z"), random("x"), random("e"), random("ξ")
u, f, F = net("u"), net("f"), net("F")
v = velocity("v")
linear = Path(1 - t, t, symbol(t))
zt = linear.point(x, e)
given = Given(linear, z, v(z, t), xi, basis(x), basis(e))


def average(z: Vector, r: Scalar, t: Scalar) -> Vector:
    """The truth of an average velocity."""
    return (flow(z, t, r, v) - z) / (r - t)


def tied(loss: Scalar) -> Scalar:
    return tie(gradient(loss))


def stationary(loss: Scalar, truth=average, of=u) -> bool:
    return stationarity(loss, {of: truth}, given).is_zero


meanflow_error = u(zt, r, t) - sg(D(zt, t) - (t - r) * D(u(zt, r, t), t))
meanflow = norm2(meanflow_error)
