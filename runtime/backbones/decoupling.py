"""A flow model's network as a flow map's: one part sees the state's time, the other the target.

Decoupled MeanFlow (arXiv:2510.24474): u = g(f(z, t), r) by one embedder, so that at r = t the net
is the flow model itself, and a trained one is a flow map before any further training.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, final

from torch import Tensor

from fmdsl.runtime.backbones.backbone import BackboneError, Signature
from fmdsl.runtime.backbones.embedding import Conditioning

Inputs = tuple[str, ...]


@final
@dataclass(frozen=True, slots=True)
class Decoupling:
    """The first `encoder` blocks see the time at place `own`, the rest the one at `other`."""

    encoder: int
    own: int
    other: int

    def __call__(
        self, condition: Conditioning, inputs: tuple[Tensor, ...], batch: int
    ) -> tuple[Tensor, Tensor]:
        """What conditions either part, each `[B, width]`."""
        own, other = (_without(inputs, place) for place in (self.other, self.own))
        return condition(own, batch), condition(other, batch)

    def signature(self, s: Signature) -> Signature:
        """What the embedder reads: one time."""
        return replace(s, inputs=_without(s.inputs, self.other))


def decoupling(s: Signature, encoder: int | None, own: int, depth: int) -> Decoupling | None:
    """The parts of a net of `depth` blocks; None where `encoder` is.

    own: which of the two times is the state's own, 0 or 1. Raises BackboneError where there
    are not two times, or a part would be empty.
    """
    if encoder is None:
        return None
    times = [i for i, kind in enumerate(s.inputs) if kind == "time"]
    if len(times) != 2:
        raise BackboneError(
            f"`encoder={encoder}` is for a net of two times; this one reads {len(times)}",
            "leave `encoder` out",
        )
    if not 0 < encoder < depth:
        raise BackboneError(
            f"`encoder={encoder}` of {depth} blocks leaves a part empty",
            f"choose `encoder` from 1 to {depth - 1}",
        )
    return Decoupling(encoder, times[own], times[1 - own])


def converted(inputs: Inputs, wanted: Inputs, options: dict[str, Any], depth: int) -> Any:
    """Options of the flow map that a flow model's weights are; None where they are none.

    Five sevenths of the blocks are the first part, as 20 of 28 in the paper's XL/2.
    """
    times = [i for i, kind in enumerate(wanted) if kind == "time"]
    if len(times) != 2 or _without(wanted, times[1]) != inputs or depth < 2:
        return None
    return {**options, "encoder": round(depth * 5 / 7)}


def _without(values: tuple[Any, ...], place: int) -> tuple[Any, ...]:
    return values[:place] + values[place + 1 :]
