"""The derivative in space, and the velocity; gradient flows through that by the clock."""

from __future__ import annotations

from fmdsl.proofs.derive.stops.stop import Carrier, Stop

_STOPPED = frozenset({Carrier.VELOCITY, Carrier.SPACE})
STOP = Stop("space", "the derivative in space, and the velocity", _STOPPED)
