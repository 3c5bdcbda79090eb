"""What is solved for: one file each. `SIDES` is collected from this folder."""

from __future__ import annotations

from fmdsl.catalog import members
from fmdsl.proofs.derive.sides.side import Side

SIDES: dict[str, Side] = members("fmdsl.proofs.derive.sides", Side)

__all__ = ["SIDES", "Side"]
