"""The marginal velocity itself: flow matching."""

from __future__ import annotations

from fmdsl.proofs.derive.laws.known import KnownLaw

LAW = KnownLaw(
    "velocity",
    "v(z, t) = velocity(z, t)",
    "v is the marginal velocity",
)
