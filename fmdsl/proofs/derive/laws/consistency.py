"""The map to the clean end, the identity there."""

from __future__ import annotations

from fmdsl.proofs.derive.laws.known import KnownLaw

LAW = KnownLaw(
    "consistency",
    "z - t * F(z, t) = flow(z, t, 0)",
    "z - t F is the map to the clean end",
)
