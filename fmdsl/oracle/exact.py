"""The exact objects that identities speak of, answered by a law."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.law import Law
from fmdsl.oracle.namespace import DTYPE
from fmdsl.oracle.places import path_of_state
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True, slots=True)
class Exact:
    """`flow`, `velocity`, `score`, `average` and `expect` of one law.

    nets: the truths of other nets, for identities that speak of several.
    same: whether a function of the spec, as in `flow(z, t, r, of=guide)`, is the velocity.
    """

    law: Law
    nets: Callable[[str, list[Any]], Any]
    same: Callable[[str], bool]

    def jet(self, term: Term, place: list[Any], along: list[list[Any]]) -> Any:
        if along:
            raise NotMeasured(f"the identity speaks of a derivative: {show_term(term)}")
        if term["copy"] != "exact":
            return self.nets(term["fn"], place)
        known = {
            "velocity": self.law.velocity,
            "score": self.law.score,
            "flow": self.law.flow,
            "average": self.law.average,
        }
        name, _, of = term["fn"].rstrip("]").partition("[")
        if sum(a.type.is_vector for a in term.place) > 1:
            raise NotMeasured(f"the oracle has no law given a second state: {show_term(term)}")
        if of and not self.same(of):
            raise NotMeasured(f"the oracle has no closed form of the {name} of `{of}`")
        plain = [a for a, t in zip(place, term.place) if t.type.kind != "label"]
        return known[name](*on_batch(plain))

    def expect(self, term: Term, values: Evaluator) -> Any:
        """`E[of | given]`, `of` affine in the ends of the path that the state is on."""
        of, given = term.args[:2]
        path = path_of_state(given)
        if path is None:
            raise NotMeasured(f"the oracle has no law of `{show_term(given)}`")
        _, data, noise, clock = path.args
        z, t = on_batch([values(given), values(clock)])
        mean_noise = self.law.mean_noise(z, t)
        means = {data.key: self.law.mean_data(z, t), noise.key: self.law.path.scale * mean_noise}
        drawn = {t.key: mean_noise for t in walk(noise) if t.op == "draw"}
        known = {given.key: z, clock.key: t, **drawn, **means}
        _check_affine(of, frozenset(known))
        return values.but(known)(of)


def on_batch(place: list[Any]) -> list[Any]:
    """A state and its clocks, numbers as one per example."""
    z, *clocks = place
    return [z, *(_full(c, z) for c in clocks)]


def _full(clock: Any, like: Tensor) -> Tensor:
    if isinstance(clock, Tensor) and clock.ndim:
        return clock
    return torch.as_tensor(clock, dtype=DTYPE, device=like.device).expand(like.shape[0])


def _check_affine(of: Term, known: frozenset[int]) -> None:
    from fmdsl.oracle.identity import summands

    for term in summands(of, known):
        if term.key not in known:
            raise NotMeasured(f"the oracle has no closed form of the mean of `{show_term(of)}`")
