"""The front end: names in, forms out. Everything else is arithmetic on what these return.

>>> t, r = time("t"), time("r")
>>> z, u, v = state("z"), net("u"), velocity()
>>> D(u(z, r, t), t, z=v(z, t))
"""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl.algebra import laws
from fmdsl.algebra.atoms import Basis, Fn, Jet, Symbol, Velocity
from fmdsl.algebra.derivative import Form, Tangent
from fmdsl.algebra.field import ONE, Number, Scalar, generator, scalar
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
    def ema(self) -> Net:
        return Net(self.fn.as_copy("ema"))


@dataclass(frozen=True)
class ScalarNet:
    """A net whose output is a scalar: a discriminator, a learned weight."""

    net: Net

    def __call__(self, *args: Argument) -> Scalar:
        return value(self.net(*args))


def net(name: str, role: str = "student") -> Net:
    """A net of role student, critic, weight (trained), teacher or frozen (given)."""
    return Net(Fn(name, role))


def scalar_net(name: str, role: str = "critic") -> ScalarNet:
    return ScalarNet(net(name, role))


def velocity(name: str = "v", rule: Velocity | None = None) -> Net:
    """The marginal velocity of a law, or with `rule` a combination of other velocities."""
    return Net(Fn(name, "field", "live", None, rule))


def flow(place: Vector, start: Scalar, end: Scalar, of: Net) -> Vector:
    """The point at `end` of the trajectory of the velocity `of` through `place` at `start`."""
    return at(laws.flow_of(of.fn), [place], [scalar(start), scalar(end)])


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


def put(form: Form, values: dict[Vector | Scalar | Net, Vector | Scalar | Number | Truth]) -> Form:
    """Substitution: for times and states values, for nets a net or a formula of its arguments.
    The stopped and ema copies of a net given a formula take it too."""
    times: dict[Symbol, Scalar] = {}
    states: dict[Basis, Vector] = {}
    fns: dict[Fn, Fn | Truth] = {}
    for name, new in values.items():
        if isinstance(name, Net):
            copies = ("live", "stopped", "ema") if not isinstance(new, Net) else (name.fn.copy,)
            for copy in copies:
                fns[name.fn.as_copy(copy)] = new.fn if isinstance(new, Net) else new  # type: ignore
        elif isinstance(name, Vector):
            states[basis(name)] = new  # type: ignore[assignment]
        else:
            times[symbol(name)] = scalar(new)  # type: ignore[arg-type]
    return Map(times, states, fns)(form)


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


def is_jet(v: Vector) -> bool:
    return len(v.terms) == 1 and isinstance(next(iter(v.terms)), Jet)
