"""The exact objects that identities speak of, answered by a law."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

import torch
from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.guided import Guided
from fmdsl.oracle.law import Law
from fmdsl.oracle.namespace import DTYPE
from fmdsl.oracle.places import path_of_state
from fmdsl.terms.show import show_term
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True, slots=True)
class Exact:
    """`flow`, `velocity`, `score`, `average` and `expect` of one law, as one net sees it.

    nets: the truths of other nets, for identities that speak of several.
    named: a function of the spec as a velocity, for `of=`; None where it is the law's own.
    label: what the net is told of each row; the law without labels where it is told nothing.
    told: values by key that the net's arguments determine.
    """

    law: Law
    nets: Callable[[str, list[Any]], Any]
    named: Callable[[str], Guided | None]
    label: Any = None
    told: Mapping[int, Any] = field(default_factory=dict[int, Any])

    def values(self, names: Mapping[str, Any], known: Mapping[int, Any]) -> Evaluator:
        """An evaluator with these names, and these values beside what the net was told."""
        return Evaluator(names, {**self.told, **known}, self.jet, self.expect)

    def jet(self, term: Term, place: list[Any], along: list[list[Any]]) -> Any:
        if along:
            raise NotMeasured(f"the identity speaks of a derivative: {show_term(term)}")
        if term["copy"] != "exact":
            return self.nets(term["fn"], place)
        if sum(a.type.is_vector for a in term.place) > 1:
            raise NotMeasured(f"the oracle has no law given a second state: {show_term(term)}")
        kinds = [t.type.kind for t in term.place]
        asked = [a for a, kind in zip(place, kinds) if kind == "label"]
        plain = on_batch([a for a, kind in zip(place, kinds) if kind != "label"])
        exact = replace(self, label=asked[0]) if asked else self
        name, _, of = term["fn"].rstrip("]").partition("[")
        return exact._of(name, of)(*plain)

    def _of(self, name: str, of: str) -> Callable[..., Any]:
        """A field or a map of the law given the label, or of another velocity."""
        law = self.law.given(self.label)
        own = {
            "velocity": law.velocity,
            "score": law.score,
            "flow": law.flow,
            "average": law.average,
        }
        other = self.named(of) if of else None
        if other is None:
            return own[name]
        if name == "score":
            raise NotMeasured(f"the oracle has no closed form of the score of `{of}`")
        return partial(getattr(other, name), self.values)

    def expect(self, term: Term, values: Evaluator) -> Any:
        """`E[of | given]`, `of` affine in the ends of the path that the state is on."""
        of, given, *more = term.args
        path = path_of_state(given)
        if path is None:
            raise NotMeasured(f"the oracle has no law of `{show_term(given)}`")
        _, data, noise, clock = path.args
        z, t = on_batch([values(given), values(clock)])
        labels = [values(m) for m in more if m.type.kind == "label"]
        law = self.law.given(labels[0] if labels else self.label)
        mean_noise = law.mean_noise(z, t)
        means = {data.key: law.mean_data(z, t), noise.key: law.path.scale * mean_noise}
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
