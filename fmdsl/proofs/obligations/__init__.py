"""The eleven obligations of a spec and its claims: one file each, its docstring the manual page."""

from __future__ import annotations

from fmdsl.proofs.obligations.obligation import Obligation

from fmdsl.proofs.obligations import (  # isort: skip
    well_formed, stationary, unbiased, descent, learned_weight, anchored, gradient_flow, boundary,
    sampler, critics, domain, claims,
)  # fmt: skip

#: In the order in which they are told.
OBLIGATIONS: tuple[Obligation, ...] = (
    well_formed.OBLIGATION,
    stationary.OBLIGATION,
    unbiased.OBLIGATION,
    descent.OBLIGATION,
    learned_weight.OBLIGATION,
    anchored.OBLIGATION,
    gradient_flow.OBLIGATION,
    boundary.OBLIGATION,
    sampler.OBLIGATION,
    critics.OBLIGATION,
    domain.OBLIGATION,
    claims.OBLIGATION,
)

__all__ = ["OBLIGATIONS", "Obligation"]
