"""What methods are told beside the common choices, and why. Everything else is alike for all."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fmdsl.semantics.elaborated import Elaborated


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
        "levels grow to s1 + 1; the paper's 200 suit long training, and in some thousand updates "
        "a net learns nothing from them (Fréchet distance 39 on the digits, here 0.94)",
    ),
    "shortcut": Tuned(
        ("settings.μ=0.95",), "a target that lags 1,000 updates never reaches its largest steps"
    ),
}
#: What every method with a critic of its own samples is told, if nothing else.
CRITICAL = Tuned(
    ("optimizer.default.lr=2e-4",),
    "at 1e-3 a generator runs away from its critic (freeflow: Fréchet distance 3.4, here 0.59)",
)


#: Teachers that no identity names: the method, its net, and the method that trains it.
TEACHERS: dict[tuple[str, str], tuple[str, str]] = {
    ("rcm", "T"): ("flow_matching", "rCM reads the velocity of the linear path through a wrapper"),
}

#: The method whose runs make the pairs of a further round, and how many pairs by which solver.
PAIRS = "rectified_flow"
PAIRED: dict[str, Any] = {"n": 10000, "solver": "heun", "steps": 20}


def tuned(e: Elaborated) -> tuple[str, ...]:
    """The changes of a method, none for most."""
    if e.spec.name in TUNED:
        return TUNED[e.spec.name].sets
    return CRITICAL.sets if any(o.role == "critic" for o in e.weights.values()) else ()
