"""The front end: names in, forms out. Everything else is arithmetic on what these return.

>>> t, r = time("t"), time("r")
>>> z, u, v = state("z"), net("u"), velocity()
>>> D(u(z, r, t), t, z=v(z, t))
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from fmdsl.algebra import laws
from fmdsl.algebra.atoms import Basis, Fn, Symbol, Velocity
from fmdsl.algebra.derivative import Form, Tangent
from fmdsl.algebra.field import ONE, Number, Scalar, generator, scalar
from fmdsl.algebra.gradient import nets_in, variation
from fmdsl.algebra.scalar import function, value
from fmdsl.algebra.substitute import Map, Truth
from fmdsl.algebra.vector import Vector, at, atom

Argument = Vector | Scalar | Number | str


def time(name: str) -> Scalar:
    """A time."""
    return generator(Symbol(name, "time"))


def setting(name: str) -> Scalar:
    """A constant with a name: a hyperparameter, an opaque weight."""
    return generator(Symbol(name, "setting"))


def state(name: str) -> Vector:
    """A vector that other things are functions of."""
    return atom(Basis(name, "state"))


def random(name: str) -> Vector:
    """A random draw."""
    return atom(Basis(name, "random"))


def schedule(name: str, t: Scalar) -> Scalar:
    """An opaque function of time, such as `alpha(t)`."""
    return function(name, t)


@dataclass(frozen=True)
class Net:
    """A function symbol to be called: vectors are places, scalars times, strings labels."""

    fn: Fn

    def __call__(self, *args: Argument) -> Vector:
        places = [a for a in args if isinstance(a, Vector)]
        labels = [a for a in args if isinstance(a, str)]
        times = [scalar(a) for a in args if not isinstance(a, (Vector, str))]
        return at(self.fn, places, times, labels)

    @property
    def stopped(self) -> Net:
        return Net(self.fn.as_copy("stopped"))

    @property
    def delta(self) -> Net:
        """The formal variation δu by which gradients are told."""
        return Net(variation(self.fn))

    @property
    def ema(self) -> Net:
        return Net(self.fn.as_copy("ema"))


@dataclass(frozen=True)
class ScalarNet:
    """A net whose output is a scalar: a discriminator, a learned weight."""

    fn: Fn

    def __call__(self, *args: Argument) -> Scalar:
        return value(Net(self.fn)(*args))


def net(name: str, role: str = "student") -> Net:
    """A net of role student, critic, weight (trained), teacher or frozen (given)."""
    return Net(Fn(name, role))


def scalar_net(name: str, role: str = "critic") -> ScalarNet:
    """A net with a scalar output, of the same roles."""
    return ScalarNet(Fn(name, role))


def velocity(name: str = "v", rule: Velocity | None = None) -> Net:
    """The marginal velocity of a law, or with `rule` a combination of other velocities."""
    return Net(Fn(name, "field", "live", None, rule))


def flow(
    place: Vector, start: Scalar | Number, end: Scalar | Number, of: Net, *labels: str
) -> Vector:
    """The point at `end` of the trajectory of the velocity `of` through `place` at `start`."""
    return at(laws.flow_of(of.fn), [place], [scalar(start), scalar(end)], labels)


def D(form: Form, by: Scalar, **along: Vector | Scalar) -> Form:
    """The total derivative by a time; `z=w` moves the state z, `r=s` the time r, as it does."""
    times: dict[Symbol, Scalar] = {symbol(by): ONE}
    states: dict[Basis, Vector] = {}
    for name, speed in along.items():
        if isinstance(speed, Vector):
            states[Basis(name, "state")] = speed
        else:
            times[Symbol(name, "time")] = scalar(speed)
    tangent = Tangent(times, states)
    return tangent.scalar(form) if isinstance(form, Scalar) else tangent.vector(form)


def jvp(form: Form, along: dict[Vector | Scalar, Vector | Scalar | Number]) -> Form:
    """The derivative along a tangent given name by name; what is not named is held."""
    times = {symbol(k): scalar(s) for k, s in along.items()
             if isinstance(k, Scalar) and not isinstance(s, Vector)}  # fmt: skip
    states = {basis(k): s for k, s in along.items()
              if isinstance(k, Vector) and isinstance(s, Vector)}  # fmt: skip
    tangent = Tangent(times, states)
    return tangent.scalar(form) if isinstance(form, Scalar) else tangent.vector(form)


def put(form: Form, values: Mapping[Any, Any]) -> Form:
    """Substitution: for times and states their values, for a net another or a formula.

    A formula takes the net's arguments: places, then times, then labels. It holds for the
    stopped and ema copies too, with their weights. Where it leaves 0/0, the limit is taken.
    """
    times: dict[Symbol, Scalar] = {}
    states: dict[Basis, Vector] = {}
    fns: dict[Fn, Fn | Truth] = {}
    for name, new in values.items():
        if isinstance(name, (Net, ScalarNet)):
            fns.update(_copies(name.fn, new))
        elif isinstance(name, Vector):
            states[basis(name)] = new
        else:
            times[symbol(name)] = scalar(new)
    return Map(times, states, fns)(form)


def _copies(fn: Fn, new: Any) -> dict[Fn, Any]:
    if isinstance(new, (Net, ScalarNet)):
        return {fn: new.fn}
    frozen = ("stopped", "ema") if fn.copy == "live" else ()
    return {fn: new} | {fn.as_copy(c): partial(_as_copy, new, c) for c in frozen}


def _as_copy(formula: Truth, copy: str, *args: Any) -> Any:
    form = formula(*args)
    return Map(fns={f: f.as_copy(copy) for f in nets_in(form) if f.moves})(form)


def symbol(s: Scalar) -> Symbol:
    """The symbol that a scalar is."""
    if len(s.gens) == 1 and isinstance(s.gens[0], Symbol) and s == generator(s.gens[0]):
        return s.gens[0]
    raise ValueError(f"{s!r} is not a time or a setting, and cannot be varied")


def basis(v: Vector) -> Basis:
    """The state or draw that a vector is."""
    found = [a for a, c in v.terms.items() if isinstance(a, Basis) and c == ONE]
    if len(found) == 1 and len(v.terms) == 1:
        return found[0]
    raise ValueError(f"{v!r} is not a state or a draw, and cannot be varied")
