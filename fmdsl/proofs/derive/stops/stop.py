"""What a stop is: a set of the parts through which gradient could flow."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Carrier(Enum):
    """Parts through which gradient flows where nothing stops it; the value itself never is."""

    VELOCITY = "the velocity"
    SPACE = "the derivative in space"
    TIME = "the derivative by the clock"
    PIECES = "the two pieces"


@dataclass(frozen=True, slots=True)
class Stop:
    """`stopped` carries no gradient; the net's own value always does."""

    name: str
    about: str
    stopped: frozenset[Carrier]
