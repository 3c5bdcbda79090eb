"""What a variable is: a clock to differentiate by, a place to split at, or none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from fmdsl.algebra import Vector
from fmdsl.proofs.derive.identity import Identity
from fmdsl.proofs.derive.law import Law
from fmdsl.proofs.verdict import Step


@dataclass(frozen=True, slots=True)
class Taken:
    """What a law says after the variable is used, and how that came about."""

    identity: Identity
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Variable:
    """One use of a law.

    `take(law, form, subject)` works on `form = 0`, in which the net stands in `subject` alone: the
    net's value, or the map that it gives. `key` is what a user names it by, for this law; None
    where the law has none, and `refusal` is the reason and the remedy then. `term` names the loss.
    `descends` is the sign with which the map goes along the residual. `stops` is the stop of a
    regression on the velocity.
    """

    name: str
    about: str
    key: Callable[[Law], str | None]
    refusal: tuple[str, str]
    take: Callable[[Law, Vector, Vector], Taken]
    term: str
    stops: str
    descends: int = 1
    moves_state: bool = False
    is_split: bool = False
