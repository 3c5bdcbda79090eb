"""The flow map by the velocity F from t to s, the identity where the two meet."""

from __future__ import annotations

from fmdsl.proofs.derive.laws.known import KnownLaw

LAW = KnownLaw(
    "map",
    "z + (s - t) * F(z, t, s) = flow(z, t, s)",
    "z + (s - t) F is the flow map from t to s",
)
