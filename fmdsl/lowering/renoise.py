"""γ-sampling: past the next level, towards the data, and back up to it with new noise."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, final

from torch import Tensor

from fmdsl.lowering import laws
from fmdsl.terms.term import Term

#: From a state and its level to the state at another level.
Advance = Callable[[Tensor, float, float], Tensor]


@final
@dataclass(frozen=True, slots=True)
class Levels:
    """A path's weights of data and noise as functions of the level."""

    weights: tuple[Term, Term]

    def signal(self, level: float) -> float:
        return float(laws.evaluate(self.weights[0], {"level": level}))

    def noise(self, level: float) -> float:
        return float(laws.evaluate(self.weights[1], {"level": level}))

    def below(self, level: float, share: float, least: float) -> float:
        """The level whose noise is `share` of this one's, signals equal; `least` if none is."""
        from scipy.optimize import brentq

        def gap(at: float) -> float:
            there, here = self.noise(at) * self.signal(level), self.noise(level) * self.signal(at)
            return there - share * here

        found: Any = least if gap(least) >= 0 else brentq(gap, least, level, xtol=1e-14)
        return float(found)


def renoised(
    advance: Advance, path: Levels, gamma: float, least: float, fresh: Callable[[], Tensor]
) -> Advance:
    """γ-sampling of Consistency Trajectory Models (arXiv:2310.02279, Algorithm 3), on any path.

    Each step goes on to the level whose noise is sqrt(1 - γ²) of the next one's, `least` at
    the lowest, and noise is added up to it. γ = 0 follows the flow; γ = 1 restarts: to the data
    and noised anew, as consistency models and Decoupled MeanFlow sample.
    """

    def step(z: Tensor, t: float, s: float) -> Tensor:
        low = path.below(s, (1 - gamma**2) ** 0.5, least)
        kept = path.signal(s) / path.signal(low)
        added = path.noise(s) ** 2 - (kept * path.noise(low)) ** 2
        z = advance(z, t, low)
        return kept * z + added**0.5 * fresh() if added > 0 else z

    return step
