"""What critics come to, and what students make of it."""

from __future__ import annotations

from fmdsl.proofs.critics.discriminator import discriminator
from fmdsl.proofs.critics.projected import projected_identities
from fmdsl.proofs.critics.regression import regression
from fmdsl.proofs.critics.scores import score_differences

__all__ = ["discriminator", "projected_identities", "regression", "score_differences"]
