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

TUNED: dict[str, Tuned] = {
    "ayf_emd": Tuned(("settings.λ=1",), _UNGUIDED),
    "ayf_lmd": Tuned(("settings.λ=1",), _UNGUIDED),
    "rcm": Tuned(
        ("settings.w=1", "optimizer.default.lr=1e-4"),
        f"{_UNGUIDED}; at 1e-3 the student leaves its teacher and ends in noise",
    ),
    "consistency_training": Tuned(
        ("settings.s1=10",),
        "levels grow to s1 + 1: the paper's 200 belong to 800,000 updates, and in thousands a "
        "net learns nothing from them (Fréchet distance 39 on the digits)",
    ),
    "shortcut": Tuned(
        ("settings.μ=0.95",), "a target that lags 1,000 updates never reaches its largest steps"
    ),
    "dmd2": Tuned(
        ("optimizer.default.lr=2e-4",), "generator and discriminator circle each other at 1e-3"
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
