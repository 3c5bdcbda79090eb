"""The path at one level: what its ends are given the state, in terms of the velocity."""

from __future__ import annotations

from dataclasses import dataclass

from fmdsl import algebra as al
from fmdsl.algebra import Scalar, Vector
from fmdsl.proofs.rules import LEAVES, RULES, Form, Untranslated
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.scope import Notebook, Scope
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import SCALAR

#: The velocity of the data's law.
DATA_VELOCITY = al.velocity("v")
_CLOCK = al.time("ŧ")


@dataclass(frozen=True, slots=True)
class Weights:
    """`z = alpha x + sigma e` at a level, with the derivatives of both by the level."""

    alpha: Scalar
    sigma: Scalar
    alpha_speed: Scalar
    sigma_speed: Scalar

    @property
    def wronskian(self) -> Scalar:
        return self.sigma_speed * self.alpha - self.sigma * self.alpha_speed

    def data(self, z: Vector, v: Vector) -> Vector:
        """`E[x given z]` from the marginal velocity, x itself from the conditional one."""
        return (self.sigma_speed * z - self.sigma * v) / self.wronskian

    def noise(self, z: Vector, v: Vector) -> Vector:
        """`E[e given z]` from the marginal velocity, e itself from the conditional one."""
        return (self.alpha * v - self.alpha_speed * z) / self.wronskian

    def score(self, z: Vector, v: Vector) -> Vector:
        """`∇ log p(z)` for Gaussian noise."""
        return -self.noise(z, v) / self.sigma


class _Plain:
    """Terms without nets or states to forms: enough for a path's own expression."""

    def __call__(self, term: Term) -> Form:
        t = term.bare
        if t.op in LEAVES:
            return LEAVES[t.op](t)
        if t.op == "draw":
            return al.random(t["name"])
        if t.op == "param":
            return _CLOCK
        rule = RULES.get(t.op)
        return rule(self, t) if rule else al.function(t.op, *map(self.scalar, t.args))

    def vector(self, term: Term) -> Vector:
        form = self(term)
        return form if isinstance(form, Vector) else al.NULL

    def scalar(self, term: Term) -> Scalar:
        form = self(term)
        if isinstance(form, Vector):
            raise Untranslated(term, "a vector stands where a number is expected")
        return form


def _ends(spec: Elaborated) -> tuple[Scalar, Scalar]:
    """The weights of data and noise as functions of the formal level."""
    route = spec.routes[0]
    data, noise = route.formals
    names = {
        data: make("draw", type=route.data, name="ẋ"),
        noise: make("draw", type=route.noise, name="ė"),
        route.clock: make("param", type=SCALAR, name=route.clock),
        **{n: make("setting", type=SCALAR, name=n, value=v) for n, v in spec.settings.items()},
    }
    body = elaborate(route.body, Scope(names, spec.routes, Notebook()))
    form = _Plain().vector(body)
    return form.coefficient(al.random("ẋ")), form.coefficient(al.random("ė"))


def weights_at(spec: Elaborated, level: Scalar) -> Weights:
    """The path's weights at a level."""
    alpha, sigma = _ends_of(spec)
    parts = (alpha, sigma, al.D(alpha, _CLOCK), al.D(sigma, _CLOCK))
    return Weights(*(al.put(part, {_CLOCK: level}) for part in parts))


_KNOWN: dict[int, tuple[Elaborated, tuple[Scalar, Scalar]]] = {}


def _ends_of(spec: Elaborated) -> tuple[Scalar, Scalar]:
    """As `_ends`, kept by identity: a spec holds dictionaries and has no hash."""
    found = _KNOWN.get(id(spec))
    if found is None or found[0] is not spec:
        _KNOWN.clear()
        found = _KNOWN[id(spec)] = (spec, _ends(spec))
    return found[1]


def velocity_of(data: Term) -> al.Net:
    """The marginal velocity of the law whose clean end is `data`: the data's, or a generator's."""
    end = without_sg(data)
    return DATA_VELOCITY if end.op == "draw" else al.velocity(f"v[{show_term(end)}]")


def without_sg(term: Term) -> Term:
    """The term itself where it is stopped: stopping does not change its law."""
    bare = term.bare
    return without_sg(bare.args[0]) if bare.op == "sg" else bare
