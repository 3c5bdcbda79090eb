"""Draws in pairs that share a state: what is random given the state cancels exactly.

Of a Gaussian law, data and noise reflected about their means given the state, `2 E[x given z]
- x` and `2 E[e given z] - e`, have the law they had and the state they had. A residual that is
affine in them has its conditional mean in each pair, and a bias shows without their noise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from fmdsl.oracle.evaluate import Evaluator
from fmdsl.oracle.exact import on_batch
from fmdsl.oracle.law import Law
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import Term, walk


@dataclass(frozen=True, slots=True)
class Reflection:
    """Reflects the draws about a state on the path from `data` to `noise` at `clock`."""

    law: Law
    data: str
    noise: str
    path: Term

    def __call__(self, drawn: Any, progress: float) -> dict[str, Tensor]:
        """The reflected data and noise by name."""
        values = Evaluator({**drawn, "progress": progress})
        z, t = on_batch([values(self.path), values(self.path.args[3])])
        return {
            self.data: 2 * self.law.mean_data(z, t) - drawn[self.data],
            self.noise: 2 * self.law.mean_noise(z, t) - drawn[self.noise],
        }


def reflections(spec: Elaborated, law: Law, loss: Term) -> tuple[Reflection, ...]:
    """One for each clock at which the loss has a state; none for a law without the symmetry."""
    if not law.symmetric:
        return ()
    laws = {n: d.law.name for d in spec.draws for n in d.names}
    found: dict[int, Reflection] = {}
    for term in walk(loss):
        if term.op == "path":
            data, noise = (_drawn(a, laws) for a in term.args[1:3])
            if data and noise and laws[data] == "data" and laws[noise] == "noise":
                found.setdefault(term.args[3].key, Reflection(law, data, noise, term))
    return tuple(r for r in found.values() if _clock_is_drawn(r, laws))


def _drawn(term: Term, laws: Mapping[str, str]) -> str:
    """The one draw that an end of a path is, or is a multiple of."""
    names = [n for n in term.free if n in laws]
    return names[0] if len(names) == 1 else ""


def _clock_is_drawn(reflection: Reflection, laws: Mapping[str, str]) -> bool:
    """Whether the clock is independent of the state, as a law's own clock is."""
    clock = reflection.path.args[3]
    return not ({reflection.data, reflection.noise} & clock.free)
