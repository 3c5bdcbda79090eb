"""A diffusion transformer: patches, self-attention, conditioning by adaptive norms."""

from __future__ import annotations

import inspect
from typing import Any, final

import torch
from torch import Tensor, nn

from fmdsl.runtime.backbones.attention import Attention
from fmdsl.runtime.backbones.backbone import Backbone, Signature
from fmdsl.runtime.backbones.decoupling import converted, decoupling
from fmdsl.runtime.backbones.embedding import Conditioning, zero
from fmdsl.runtime.backbones.norm import LayerNorm
from fmdsl.runtime.backbones.patches import checked_patch, cut, joined, positions


class Block(nn.Module):
    """Attention and a perceptron, each scaled, shifted and gated by the conditioning."""

    def __init__(self, width: int, heads: int, mlp_ratio: float) -> None:
        super().__init__()
        hidden = int(width * mlp_ratio)
        self.norm1 = LayerNorm(width)
        self.attention = Attention(width, heads)
        self.norm2 = LayerNorm(width)
        self.mlp = nn.Sequential(
            nn.Linear(width, hidden), nn.GELU(approximate="tanh"), nn.Linear(hidden, width)
        )
        self.modulation = zero(nn.Linear(width, 6 * width))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        shift1, scale1, gate1, shift2, scale2, gate2 = self.modulation(c)[:, None].chunk(6, -1)
        h = h + gate1 * self.attention(self.norm1(h) * (1 + scale1) + shift1)
        return h + gate2 * self.mlp(self.norm2(h) * (1 + scale2) + shift2)


class Head(nn.Module):
    """The last adaptive norm and linear map, from zero."""

    def __init__(self, width: int, out: int) -> None:
        super().__init__()
        self.norm = LayerNorm(width)
        self.modulation = zero(nn.Linear(width, 2 * width))
        self.write = zero(nn.Linear(width, out))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        shift, scale = self.modulation(c)[:, None].chunk(2, -1)
        return self.write(self.norm(h) * (1 + scale) + shift)


@final
class DiT(Backbone):
    """Scalable Diffusion Models with Transformers (arXiv:2212.09748), adaLN-zero.

    States `[B, C, H, W]` are cut into patches of `patch` x `patch`; several states are
    stacked on the channels. We depart from the paper in learning the position embeddings,
    which start as its sines, and in normalising queries and keys. `logit` and `scalar` are
    averages over the tokens.

    With `encoder=n` it is a Decoupled MeanFlow (see `decoupling`): of two times the first n
    blocks see the state's own alone, the other blocks and the head the other alone. Its weights
    are those of the transformer of one time, whose function it is where the times are equal.
    """

    name = "dit"

    def __init__(
        self,
        *,
        point_shape: tuple[int, ...],
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        classes: int | None = None,
        width: int = 128,
        depth: int = 4,
        heads: int = 4,
        patch: int | None = None,
        mlp_ratio: float = 2.0,
        time_scale: float = 8.0,
        encoder: int | None = None,
        own: int = 0,
    ) -> None:
        super().__init__()
        self.signature = s = Signature(point_shape, inputs, outputs, classes)
        self.parts = decoupling(s, encoder, own, depth)
        self.patch = checked_patch(s, patch)
        channels, rows, columns = point_shape
        self.grid = (rows // self.patch, columns // self.patch)
        self.state_at = tuple(i for i, k in enumerate(inputs) if k in s.states)
        pixels = self.patch**2
        self.read = nn.Linear(len(self.state_at) * channels * pixels, width)
        self.position = nn.Parameter(positions(*self.grid, width))
        told = self.parts.signature(s) if self.parts else s
        self.condition = Conditioning(told, width, time_scale)
        self.blocks = nn.ModuleList(Block(width, heads, mlp_ratio) for _ in range(depth))
        self.head = Head(width, s.shaped * channels * pixels + s.flat)

    @property
    def places(self) -> dict[str, str]:
        names = {f"block{i}": f"blocks.{i}" for i in range(len(self.blocks))}
        return names | {"mid": f"blocks.{len(self.blocks) // 2}"}

    def forward(self, *inputs: Tensor) -> Any:
        state = torch.cat([inputs[i] for i in self.state_at], dim=1)
        early, late = self._conditions(inputs, len(state))
        first = self.parts.encoder if self.parts else 0
        h = self.read(cut(state, self.patch)) + self.position
        for i, block in enumerate(self.blocks):
            h = block(h, early if i < first else late)
        s, out = self.signature, self.head(h, late)
        pixels, numbers = out.split([out.shape[-1] - s.flat, s.flat], dim=-1)
        images = joined(pixels, self.grid, self.patch).chunk(s.shaped, dim=1) if s.shaped else ()
        return s.arrange(images, numbers.mean(1).unbind(1))

    def _conditions(self, inputs: tuple[Tensor, ...], batch: int) -> tuple[Tensor, Tensor]:
        """What the first blocks see, and what the others and the head do."""
        if self.parts is not None:
            return self.parts(self.condition, inputs, batch)
        c = self.condition(inputs, batch)
        return c, c

    @classmethod
    def converted(
        cls, inputs: tuple[str, ...], wanted: tuple[str, ...], options: dict[str, Any]
    ) -> dict[str, Any] | None:
        depth = options.get("depth", inspect.signature(cls).parameters["depth"].default)
        return converted(inputs, wanted, options, depth)
