"""Wrong variants of right specs, by family."""

from tests.proofs.mutants import (
    consistency,
    critics,
    flow_maps,
    flow_matching,
    foundations,
    guided,
    meanflow,
    scores,
)
from tests.proofs.mutants.mutant import Mutant, base_text

MUTANTS = (
    *meanflow.MUTANTS,
    *flow_matching.MUTANTS,
    *foundations.MUTANTS,
    *flow_maps.MUTANTS,
    *consistency.MUTANTS,
    *scores.MUTANTS,
    *critics.MUTANTS,
    *guided.MUTANTS,
)

__all__ = ["MUTANTS", "Mutant", "base_text"]
