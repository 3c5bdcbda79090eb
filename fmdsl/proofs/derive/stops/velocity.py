"""The velocity alone: gradient flows through every derivative."""

from __future__ import annotations

from fmdsl.proofs.derive.stops.stop import Carrier, Stop

STOP = Stop("velocity", "the velocity alone", frozenset({Carrier.VELOCITY}))
