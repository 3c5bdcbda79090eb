"""What methods are told beside the common choices, and why. Everything else is alike for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Tuned:
    """Changes of a run's config, as `--set` takes them."""

    sets: tuple[str, ...]
    why: str


#: The teacher's guidance is turned off: the metrics compare with the data's own law, and a
#: guided teacher draws from another.
_UNGUIDED = "guidance off: the metrics compare with the data's law, guidance draws from another"
_SLOW = "optimizer.default.lr=2e-4"
_CIRCLES = "generator and critic circle each other at 1e-3"

TUNED: dict[str, Tuned] = {
    "ayf_emd": Tuned(("settings.λ=1",), _UNGUIDED),
    "ayf_lmd": Tuned(("settings.λ=1",), _UNGUIDED),
    "rcm": Tuned(("settings.w=1", _SLOW), f"{_UNGUIDED}; {_CIRCLES}"),
    "dmd2": Tuned((_SLOW,), _CIRCLES),
    "consistency_training": Tuned(
        ("settings.s1=10",), "its noise levels grow with training: 200 are for 800,000 updates"
    ),
    "shortcut": Tuned(
        ("settings.μ=0.95",), "a target that lags 1,000 updates never reaches its largest steps"
    ),
}


#: Teachers that no identity names: the method, its net, and the method that trains it.
TEACHERS: dict[tuple[str, str], tuple[str, str]] = {
    ("rcm", "T"): ("flow_matching", "rCM reads the velocity of the linear path through a wrapper"),
}

#: The method whose runs make the pairs of a further round, and how many pairs by which solver.
PAIRS = "rectified_flow"
PAIRED: dict[str, Any] = {"n": 10000, "solver": "heun", "steps": 20}


def tuned(spec: str) -> tuple[str, ...]:
    """The changes of a method, none for most."""
    return TUNED[spec].sets if spec in TUNED else ()
