"""The weights of data and noise on a spec's own path, and their slopes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    state: Term
    slope: Term
    formals: tuple[str, str]
    scale: float = 1.0
    ends: tuple[float | None, float | None] = (0.0, 1.0)
    domain: tuple[float, float] = (0.0, 1.0)

    def alpha(self, t: Tensor) -> Tensor:
        return self._at(self.state, t, 0)

    def sigma(self, t: Tensor) -> Tensor:
        return self.scale * self._at(self.state, t, 1)

    def alpha_slope(self, t: Tensor) -> Tensor:
        return self._at(self.slope, t, 0)

    def sigma_slope(self, t: Tensor) -> Tensor:
        return self.scale * self._at(self.slope, t, 1)

    def _at(self, term: Term, t: Tensor, end: int) -> Tensor:
        names: dict[str, Any] = {name: float(i == end) for i, name in enumerate(self.formals)}
        value = Evaluator({**names, self.clock: t})(term)
        return value if isinstance(value, Tensor) else torch.full_like(t, float(value))


def path_of(spec: Elaborated, route: Route | None = None, scale: float = 1.0) -> Path:
    """The path of a spec's route, by default its first."""
    route = route or spec.routes[0]
    names: dict[str, Meaning] = {
        n: make("setting", type=SCALAR, name=n, value=v) for n, v in spec.settings.items()
    }
    names |= {n: make("param", type=SCALAR, name=n) for n in (*route.formals, route.clock)}
    body = elaborate(route.body, Scope(names, (route,), Notebook()))
    try:
        slope = differentiate(body, {route.clock: constant(1)})
    except NotDifferentiable as stop:
        told = f"the path has no velocity: `{stop.term.op}` has no derivative"
        raise NotMeasured(told) from None
    ends = tuple(None if e is None else float(e) for e in (route.data_end, route.noise_end))
    return Path(route.clock, body, slope, route.formals, scale, (ends[0], ends[1]), route.domain)
