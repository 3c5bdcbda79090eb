"""Nothing: where only the net's value carries gradient."""

from __future__ import annotations

from fmdsl.proofs.derive.stops.stop import Stop

STOP = Stop("nothing", "nothing", frozenset())
