"""u is the average of the velocity over [r, t]: the integral over its length."""

from __future__ import annotations

from fmdsl.proofs.derive.laws.known import KnownLaw

LAW = KnownLaw(
    "average",
    "(t - r) * u(z, r, t) = z - flow(z, t, r)",
    "u is the average velocity over [r, t]",
    ("(t - r) * u = integral of v", "(t - r) * u = integral of v over [r, t]"),
)
