"""The derivatives, and the velocity: no derivative is differentiated again."""

from __future__ import annotations

from fmdsl.proofs.derive.stops.stop import Carrier, Stop

_STOPPED = frozenset({Carrier.VELOCITY, Carrier.SPACE, Carrier.TIME})
STOP = Stop("derivative", "the derivatives, and the velocity", _STOPPED)
