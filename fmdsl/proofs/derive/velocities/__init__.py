"""What stands for the marginal velocity: one file each. Collected from this folder."""

from __future__ import annotations

from fmdsl.catalog import members
from fmdsl.proofs.derive.velocities.velocity import Velocity

VELOCITIES: dict[str, Velocity] = members("fmdsl.proofs.derive.velocities", Velocity)

__all__ = ["VELOCITIES", "Velocity"]
