"""What is stopped: one file each. `STOPS` is collected from this folder."""

from __future__ import annotations

from fmdsl.catalog import members
from fmdsl.proofs.derive.stops.stop import Carrier, Stop

STOPS: dict[str, Stop] = members("fmdsl.proofs.derive.stops", Stop)

__all__ = ["STOPS", "Carrier", "Stop"]
