"""All but the net's own value: what it is regressed on is a number."""

from __future__ import annotations

from fmdsl.proofs.derive.stops.stop import Carrier, Stop

STOP = Stop("target", "all but the net's own value", frozenset(Carrier))
