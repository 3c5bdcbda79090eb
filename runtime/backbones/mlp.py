"""A residual perceptron, for vectors, for features and for functions of time alone."""

from __future__ import annotations

from math import prod
from typing import Any, final

import torch
from torch import Tensor, nn

from fmdsl.runtime.backbones.backbone import SHAPED, Backbone, Signature
from fmdsl.runtime.backbones.embedding import Conditioning, zero
from fmdsl.runtime.backbones.norm import LayerNorm


class Block(nn.Module):
    """`h + gate * mlp(scale * norm(h) + shift)`, gated by the conditioning, from zero."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.norm = LayerNorm(width)
        self.modulation = zero(nn.Linear(condition, 3 * width))
        self.body = nn.Sequential(
            nn.Linear(width, 2 * width), nn.SiLU(), nn.Linear(2 * width, width)
        )

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        shift, scale, gate = self.modulation(c).chunk(3, dim=-1)
        return h + gate * self.body(self.norm(h) * (1 + scale) + shift)


class Pool(nn.Module):
    """A feature, `[B, C, H, W]`, `[B, N, C]` or `[B, C]`, read per place and averaged."""

    def __init__(self, shape: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.channels_first = len(shape) == 3
        channels = shape[0] if self.channels_first else shape[-1]
        self.read = nn.Linear(channels, width)

    def forward(self, feature: Tensor) -> Tensor:
        places = feature.movedim(1, -1) if self.channels_first else feature
        h = nn.functional.silu(self.read(places))
        return h.flatten(1, -2).mean(1) if h.ndim > 2 else h


class Flatten(nn.Module):
    """A state of any shape through one linear map."""

    def __init__(self, shape: tuple[int, ...], width: int) -> None:
        super().__init__()
        self.read = nn.Linear(prod(shape), width)

    def forward(self, state: Tensor) -> Tensor:
        return self.read(state.flatten(1))


@final
class MLP(Backbone):
    """A residual perceptron of `depth` blocks, for any state, a feature, or times alone.

    Without a state it is a function of its times (a learned weight); over a feature it is
    a discriminator's head: spatial places are read one by one, then averaged.
    """

    name = "mlp"

    def __init__(
        self,
        *,
        point_shape: tuple[int, ...],
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        classes: int | None = None,
        feature_shape: tuple[int, ...] | None = None,
        width: int = 256,
        depth: int = 4,
        time_scale: float = 8.0,
    ) -> None:
        super().__init__()
        s = Signature(point_shape, inputs, outputs, classes, feature_shape)
        self.signature = s
        self.state_at = tuple(i for i, k in enumerate(inputs) if k in s.states)
        self.read = nn.ModuleList(
            Pool(s.shape(k), width) if k == "feature" else Flatten(s.shape(k), width)
            for k in s.states
        )
        self.condition = Conditioning(s, width, time_scale)
        self.start = nn.Parameter(torch.zeros(width))
        self.blocks = nn.ModuleList(Block(width, width) for _ in range(depth))
        self.norm = LayerNorm(width, affine=True)
        self.write = zero(nn.Linear(width, s.shaped * s.size + s.flat))

    @property
    def places(self) -> dict[str, str]:
        names = {f"block{i}": f"blocks.{i}" for i in range(len(self.blocks))}
        return names | {"mid": f"blocks.{len(self.blocks) // 2}"}

    def forward(self, *inputs: Tensor) -> Any:
        batch = len(inputs[0])
        c = self.condition(inputs, batch)
        h = self.start.expand(batch, -1)
        for i, read in zip(self.state_at, self.read, strict=True):
            h = h + read(inputs[i])
        for block in self.blocks:
            h = block(h, c)
        return self._split(self.write(self.norm(h)))

    def _split(self, out: Tensor) -> Any:
        s = self.signature
        pieces = out.split([s.size if k in SHAPED else 1 for k in _ordered(s)], dim=1)
        shaped = [p.unflatten(1, s.point_shape) for p in pieces[: s.shaped]]
        return s.arrange(shaped, [p[:, 0] for p in pieces[s.shaped :]])


def _ordered(s: Signature) -> tuple[str, ...]:
    return tuple(sorted(s.outputs, key=lambda kind: kind not in SHAPED))
