"""The first steps of a derivation: what the gradient of a term is, before the truth is put in."""

from __future__ import annotations

from typing import Any

from fmdsl import algebra as al
from fmdsl.proofs.frame import XI
from fmdsl.proofs.variation import Varied
from fmdsl.proofs.verdict import Step


def opening(varied: Varied) -> list[Step]:
    """The residual or the gradient, and what is random in it."""
    where = varied.frame
    steps: list[Step] = []
    for left, right in varied.pairs:
        word = "residual" if varied.piece.is_regression else "prescribed factor"
        steps.append(Step(f"The {word}, at θ⁻ = θ, is", left))
        steps.append(Step("and the gradient is its inner product with the variation", right))
    if not varied.pairs:
        steps.append(Step("The gradient, at θ⁻ = θ, is", varied.rest))
    if where.draws:
        steps.append(Step("where the conditional velocity, given z, is", where.velocity + XI))
    return steps


def said(truth: dict[Any, Any], varied: Varied) -> list[Step]:
    """What the identities say of the nets in it."""
    used = {f.name for f in al.nets_in(varied.residual)} | {f.name for f in al.nets_in(varied.rest)}
    steps: list[Step] = []
    for net, known in truth.items():
        if net.fn.name in used and hasattr(known, "solved"):
            value = known.solved(known.labels).value
            words = "assumes" if known.is_assumption else "says"
            steps.append(Step(f"The identity {words} that {net.fn.name} is", value))
    return steps
