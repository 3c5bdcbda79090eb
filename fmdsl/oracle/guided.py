"""A velocity that is a function of the spec, as `flow(z, t, r, of=guided)` has it, and its flow.

A guided field has no flow in closed form, whatever the law: it is integrated in float64. Where it
branches on its clock (guidance on an interval) the way is cut in two, so that each piece is smooth.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, final

import torch
from torch import Tensor
from torch.autograd import forward_ad
from torch.fx.experimental.proxy_tensor import get_proxy_mode

from fmdsl.oracle import ode
from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.namespace import DTYPE, wide
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.ranges import ranges
from fmdsl.semantics.scope import Meaning, NetRef, Notebook, Scope
from fmdsl.terms.level import Poly
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, make, walk
from fmdsl.terms.types import LABEL, SCALAR, point

#: Evaluates terms with these names, and these values by key, beside what a net was told.
Told = Callable[[Mapping[str, Any], Mapping[int, Any]], Evaluator]
_COMPARISONS = ("<", "<=", ">", ">=")
#: Steps of a piece at first and at most, and the error that is small enough.
_FIRST, _MOST, _ENOUGH = 2, 32, 1e-6


@final
@dataclass(frozen=True, slots=True)
class Guided:
    """A function let of a state and a clock, as a velocity.

    branches: the comparisons of its clock, each with the clock at which it changes.
    """

    body: Term
    state: str
    clock: str
    branches: tuple[tuple[Term, Term], ...]
    steps: int = _FIRST

    def velocity(self, told: Told, z: Tensor, t: Tensor) -> Any:
        return told({self.state: z, self.clock: t}, {})(self.body)

    def average(self, told: Told, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        """The mean velocity from t to r along the flow; at r = t the velocity itself."""
        if r is t or _rests(t, r):
            return self.velocity(told, z, t)

        def slope(z: Tensor, s: Tensor, inside: Tensor) -> Tensor:
            side = told({self.clock: inside}, {})
            held = {asked.key: side(asked) for asked, _ in self.branches}
            return told({self.state: z, self.clock: s}, held)(self.body)

        stops = [_full(told({}, {})(stop), t) for _, stop in self.branches]
        return ode.average(slope, z, t, r, self.steps, stops)

    def flow(self, told: Told, z: Tensor, t: Tensor, r: Tensor) -> Tensor:
        """Where it takes z from t to r."""
        return z + wide(r - t, z) * self.average(told, z, t, r)

    def stepped(self, told: Told, z: Tensor, t: Tensor, r: Tensor) -> tuple[Guided, float]:
        """With as many steps as these ways ask for, and the error left, root mean square.

        The error is the difference to twice as many steps.
        """
        made, error = self, float("inf")
        with torch.no_grad():
            coarse = made.average(told, z, t, r)
            while error > _ENOUGH and made.steps < _MOST:
                finer = replace(made, steps=2 * made.steps)
                fine = finer.average(told, z, t, r)
                error = float((fine - coarse).square().mean().sqrt())
                if error > _ENOUGH:
                    made, coarse = finer, fine
        return made, error


def guided(spec: Elaborated, name: str) -> Guided | None:
    """The velocity that a function of the spec is; None where there is none of that name."""
    let = next((t for t in spec.spec.lets if t.name == name and t.params), None)
    if let is None or let.params is None or len(let.params) != 2:
        return None
    state, clock = let.params
    body = elaborate(let.body, _scope(spec, state, clock))
    return Guided(body, state, clock, tuple(_branches(body, clock)))


def _rests(t: Tensor, r: Tensor) -> bool:
    """Whether no row moves, and no derivative or trace asks what would happen if one did."""
    if get_proxy_mode() is not None or any(_is_varied(s) for s in (t, r)):
        return False
    return bool((r == t).all())


def _is_varied(clock: Tensor) -> bool:
    return clock.requires_grad or forward_ad.unpack_dual(clock).tangent is not None


def _branches(body: Term, clock: str) -> list[tuple[Term, Term]]:
    """Every comparison of the clock, and what the clock is compared with."""
    found: dict[int, tuple[Term, Term]] = {}
    for term in walk(body):
        if term.op in _COMPARISONS and clock in _params(term):
            stops = [a for a in term.args if clock not in _params(a)]
            itself = [a for a in term.args if a.bare.op == "param" and a.bare["name"] == clock]
            if len(stops) != 1 or len(itself) != 1:
                raise NotMeasured(f"the oracle cannot cut a flow at `{show_term(term)}`")
            found[term.key] = term, stops[0]
    return list(found.values())


def _params(term: Term) -> set[str]:
    return {t["name"] for t in walk(term) if t.op == "param"}


def sample_names(spec: Elaborated, label: Tensor) -> dict[str, Any]:
    """A value for every draw that is a number, along its range, and these labels."""
    known = ranges(spec).known
    names: dict[str, Any] = dict.fromkeys(_labels(spec), label)
    for i, name in enumerate(_clocks(spec)):
        low, high = known.get(name, (0.1, 0.9))
        ends = [e if abs(e) < 1e3 else d for e, d in ((float(low), 0.1), (float(high), 0.9))]
        names[name] = torch.linspace(ends[0], ends[1], len(label), dtype=DTYPE).roll(i)
    return names


def _scope(spec: Elaborated, state: str, clock: str) -> Scope:
    """The names that a function of the spec may speak of."""
    names: dict[str, Meaning] = {n: NetRef(o) for n, o in spec.outputs.items()}
    names |= {n: make("setting", type=SCALAR, name=n, value=v) for n, v in spec.settings.items()}
    names |= {n: make("draw", type=LABEL, name=n) for n in _labels(spec)}
    names |= {n: make("draw", type=SCALAR, name=n) for n in _clocks(spec)}
    names |= {n: t for n, t in spec.lets.items() if t.type.is_scalar}
    names |= {let.name: let for let in spec.spec.lets if let.params is not None}
    names[state] = make("param", type=point(Poly.atom(clock)), name=state)
    names[clock] = make("param", type=SCALAR, name=clock)
    return Scope(names, spec.routes, Notebook())


def _clocks(spec: Elaborated) -> tuple[str, ...]:
    """The draws that are numbers."""
    other = ("data", "noise", "dropped")
    return tuple(n for d in spec.draws if d.law.name not in other for n in d.names)


def _labels(spec: Elaborated) -> tuple[str, ...]:
    drawn = [d for d in spec.draws if d.law.name in ("data", "dropped")]
    return tuple(n for d in drawn for n in (d.names[1:] if d.law.name == "data" else d.names))


def _full(clock: Any, like: Tensor) -> Tensor:
    return torch.as_tensor(clock, dtype=like.dtype).expand(like.shape)
