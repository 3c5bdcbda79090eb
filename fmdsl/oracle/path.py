"""The weights of data and noise on a spec's own path, and their slopes."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.semantics.differentiate import NotDifferentiable, differentiate
from fmdsl.semantics.elaborated import Elaborated, Route
from fmdsl.semantics.expression import elaborate
from fmdsl.semantics.scope import Meaning, Notebook, Scope
from fmdsl.terms.build import constant
from fmdsl.terms.term import Term, make
from fmdsl.terms.types import SCALAR


@dataclass(frozen=True, slots=True)
class Path:
    """`z = alpha(t) x + sigma(t) e` with e standard normal.

    scale: the standard deviation of the noise end, which some papers keep apart from sigma
        (`path(x, d * e, t)` has scale d).
    ends: the clock where the state is the data, and where it is noise; None where never.
    """

    clock: str
    #: The weights of the data and of the noise, and their slopes.
    weights: tuple[Term, Term]
    slopes: tuple[Term, Term]
    scale: float = 1.0
    ends: tuple[float | None, float | None] = (0.0, 1.0)
    domain: tuple[float, float] = (0.0, 1.0)

    def alpha(self, t: Tensor) -> Tensor:
        return self._at(self.weights[0], t)

    def sigma(self, t: Tensor) -> Tensor:
        return self._at(self.weights[1], t, self.scale)

    def alpha_slope(self, t: Tensor) -> Tensor:
        return self._at(self.slopes[0], t)

    def sigma_slope(self, t: Tensor) -> Tensor:
        return self._at(self.slopes[1], t, self.scale)

    def _at(self, term: Term, t: Tensor, scale: float = 1.0) -> Tensor:
        value = Evaluator({self.clock: t})(term)
        if not isinstance(value, Tensor):
            # a tangent of its own, though zero: torch is slow to multiply by one that is missing
            return torch.where(t == t, scale * float(value), t)
        return value if scale == 1.0 else scale * value


def path_of(spec: Elaborated, route: Route | None = None, scale: float = 1.0) -> Path:
    """The path of a spec's route, by default its first."""
    route = route or spec.routes[0]
    names: dict[str, Meaning] = {
        n: make("setting", type=SCALAR, name=n, value=v) for n, v in spec.settings.items()
    }
    names |= {n: make("param", type=SCALAR, name=n) for n in (*route.formals, route.clock)}
    body = elaborate(route.body, Scope(names, (route,), Notebook()))
    data, noise = (differentiate(body, {n: constant(1)}) for n in route.formals)
    try:
        slopes = tuple(differentiate(w, {route.clock: constant(1)}) for w in (data, noise))
    except NotDifferentiable as stop:
        told = f"the path has no velocity: `{stop.term.op}` has no derivative"
        raise NotMeasured(told) from None
    ends = tuple(None if e is None else float(e) for e in (route.data_end, route.noise_end))
    return Path(
        route.clock, (data, noise), (slopes[0], slopes[1]), scale, (ends[0], ends[1]), route.domain
    )
