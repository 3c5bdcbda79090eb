"""Draws that share a state, so that what is random given the state cancels exactly.

Every law here is a mixture of Gaussians, a label belonging to a component. Given a state, the
component has its posterior, and given that, data and noise are symmetric about their means. A row
is replaced by rows with the same state: every component, weighed by its posterior, with a
deviation and its opposite. A residual that is affine in data and noise then has its conditional
mean in each such group, whether or not the net is told the label, and a bias shows without noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator
from fmdsl.oracle.exact import on_batch
from fmdsl.oracle.law import Given, Law
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import Term, walk

#: A posterior below this counts as zero.
_FAINT = 1e-14


@dataclass(frozen=True, slots=True)
class Fan:
    """The draws of one batch, every row opened about its state, and the weight of each row."""

    draws: dict[str, Tensor]
    weights: Tensor


@dataclass(frozen=True, slots=True)
class Reflection:
    """Opens the draws about a state on the path from `data` to `noise` at `clock`.

    labels: the draws that tell a label; one that is empty stays so.
    """

    law: Law
    data: str
    noise: str
    labels: tuple[str, ...]
    path: Term

    def __call__(self, drawn: Mapping[str, Tensor], progress: float, rng: torch.Generator) -> Fan:
        """The rows, those of one state side by side, so that a split of them stays where it is."""
        values = Evaluator({**drawn, "progress": progress})
        z, t = on_batch([values(self.path), values(self.path.args[3])])
        given = tuple(self.law.given_state(z, t, rng))
        shares = torch.stack([g.share for g in given], 1)
        # a component that is out of the question here may have no flow in floating point
        likely = shares > _FAINT
        of = torch.where(likely, torch.arange(len(given)), shares.argmax(1, keepdim=True))
        rows = {n: a.repeat_interleave(len(given), 0) for n, a in drawn.items()}
        for name in (self.data, self.noise, *self.labels):
            if name in drawn:
                made = torch.stack([self._of(name, drawn[name], g) for g in given], 1)
                rows[name] = made[torch.arange(len(of))[:, None], of].flatten(0, 1)
        return Fan(rows, (len(given) * shares * likely).flatten())

    def _of(self, name: str, drawn: Tensor, given: Given) -> Tensor:
        if name in self.labels:
            return torch.where(drawn < 0, drawn, given.label)
        return given.data if name == self.data else given.noise


def reflections(spec: Elaborated, law: Law, loss: Term) -> tuple[Reflection, ...]:
    """One for each clock at which the loss has a state."""
    laws = {n: d.law.name for d in spec.draws for n in d.names}
    labels = tuple(t["name"] for t in _draws(loss) if t.type.kind == "label")
    labels += tuple(n for d in spec.draws if d.law.name == "dropped" for n in d.law.needs)
    found: dict[int, Reflection] = {}
    for term in walk(loss):
        if term.op == "path":
            data, noise = (_drawn(a, laws) for a in term.args[1:3])
            if data and noise and laws[data] == "data" and laws[noise] == "noise":
                made = Reflection(law, data, noise, labels, term)
                found.setdefault(term.args[3].key, made)
    return tuple(r for r in found.values() if _clock_is_drawn(r))


def _draws(loss: Term) -> list[Term]:
    return [t for t in walk(loss) if t.op == "draw"]


def _drawn(term: Term, laws: Mapping[str, str]) -> str:
    """The one draw that an end of a path is, or is a multiple of."""
    names = [n for n in term.free if n in laws]
    return names[0] if len(names) == 1 else ""


def _clock_is_drawn(reflection: Reflection) -> bool:
    """Whether the clock is independent of the state, as a law's own clock is."""
    clock = reflection.path.args[3]
    return not ({reflection.data, reflection.noise} & clock.free)
