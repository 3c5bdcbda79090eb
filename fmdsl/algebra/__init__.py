"""The algebra of flow maps: a coordinate-free normal form in which equality is decided.

A vector is a finite sum of atoms with scalar coefficients; two are equal if every coefficient
of their difference is zero. Atoms are jets of nets, velocities and flows, so derivatives,
Taylor coefficients and directions need no rules of their own. See `laws` for all that is
assumed of the exact objects.

An identity is proved by putting what a net should be in its place:

>>> t, r = time("t"), time("r")
>>> z, x, e, ξ = state("z"), random("x"), random("e"), random("ξ")
>>> u, v = net("u"), velocity("v")
>>> def average(z, r, t):
...     return (flow(z, t, r, v) - z) / (r - t)
>>> identity = u(z, r, t) - v(z, t) + (t - r) * D(u(z, r, t), t, z=v(z, t))
>>> vanishes(put(identity, {u: average}))
Proved()
>>> put(u(z, t, t), {u: average})
v(z, t)

A loss is judged by its gradient, in expectation given the point on the path:

>>> path = Path(1 - t, t, symbol(t))
>>> zt = path.point(x, e)
>>> given = Given(path, z, v(z, t), ξ, basis(x), basis(e))
>>> error = u(zt, r, t) - sg(D(zt, t) - (t - r) * D(u(zt, r, t), t))
>>> stationarity(norm2(error), {u: average}, given).is_zero
True
>>> print(text(tie(gradient(dot(u(zt, r, t), sg(u(zt, r, t))))), {zt: "z"}))
dot(u(z, r, t), δu(z, r, t))

What is not zero is a residual, refuted only by a value:

>>> wrong = put(u(z, r, t) - v(z, t), {u: average})
>>> vanishes(wrong)
Residual(form=1/(t - r)*z - 1/(t - r)*flow(z, t, r) - v(z, t))
>>> refute(wrong).seed
0
"""

from fmdsl.algebra.atoms import Fn, Jet, Symbol
from fmdsl.algebra.expectation import Expected, Given, Path, expectation
from fmdsl.algebra.field import ONE, ZERO, Pole, Scalar, scalar
from fmdsl.algebra.gradient import (
    gradient,
    moved_by,
    nets_in,
    passed_through,
    ratio,
    sg,
    tie,
    variation,
)
from fmdsl.algebra.language import (
    D,
    Net,
    ScalarNet,
    basis,
    flow,
    jvp,
    net,
    put,
    random,
    scalar_net,
    schedule,
    setting,
    state,
    symbol,
    time,
    velocity,
)  # fmt: skip
from fmdsl.algebra.limits import Divergent, first_order, limit, taylor
from fmdsl.algebra.moments import data_covariance, second_moment, velocity_covariance
from fmdsl.algebra.numeric import Counterexample, World, negligible, refute
from fmdsl.algebra.scalar import cos, dot, exp, function, norm2, sin, sqrt, unsquared, value
from fmdsl.algebra.show import latex, text
from fmdsl.algebra.undecided import Undecided
from fmdsl.algebra.vector import NULL, Vector, total
from fmdsl.algebra.verdict import Alike, Proved, Residual, alike, equal, stationarity, vanishes
from fmdsl.algebra.walk import jets, symbols

__all__ = [
    "NULL",
    "ONE",
    "ZERO",
    "Alike",
    "Counterexample",
    "D",
    "Divergent",
    "Expected",
    "Fn",
    "Given",
    "Jet",
    "Net",
    "Path",
    "Pole",
    "Proved",
    "Residual",
    "Scalar",
    "ScalarNet",
    "Symbol",
    "Undecided",
    "Vector",
    "World",
    "alike",
    "basis",
    "cos",
    "data_covariance",
    "dot",
    "equal",
    "exp",
    "expectation",
    "first_order",
    "flow",
    "function",
    "gradient",
    "jets",
    "jvp",
    "latex",
    "limit",
    "moved_by",
    "negligible",
    "net",
    "nets_in",
    "norm2",
    "passed_through",
    "put",
    "random",
    "ratio",
    "refute",
    "scalar",
    "scalar_net",
    "schedule",
    "second_moment",
    "setting",
    "sg",
    "sin",
    "sqrt",
    "state",
    "stationarity",
    "symbol",
    "symbols",
    "taylor",
    "text",
    "tie",
    "time",
    "total",
    "unsquared",
    "value",
    "vanishes",
    "variation",
    "velocity",
    "velocity_covariance",
]  # fmt: skip
