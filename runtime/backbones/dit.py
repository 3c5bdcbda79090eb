"""A diffusion transformer: patches, self-attention, conditioning by adaptive norms."""

from __future__ import annotations

import math
from typing import Any, final

import torch
from torch import Tensor, nn

from fmdsl.runtime.backbones.attention import Attention
from fmdsl.runtime.backbones.backbone import Backbone, BackboneError, Signature
from fmdsl.runtime.backbones.embedding import Conditioning, zero
from fmdsl.runtime.backbones.norm import LayerNorm


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
    ) -> None:
        super().__init__()
        self.signature = s = Signature(point_shape, inputs, outputs, classes)
        self.patch = _checked_patch(s, patch)
        channels, rows, columns = point_shape
        self.grid = (rows // self.patch, columns // self.patch)
        self.state_at = tuple(i for i, k in enumerate(inputs) if k in s.states)
        pixels = self.patch**2
        self.read = nn.Linear(len(self.state_at) * channels * pixels, width)
        self.position = nn.Parameter(_positions(*self.grid, width))
        self.condition = Conditioning(s, width, time_scale)
        self.blocks = nn.ModuleList(Block(width, heads, mlp_ratio) for _ in range(depth))
        self.head = Head(width, s.shaped * channels * pixels + s.flat)

    @property
    def places(self) -> dict[str, str]:
        names = {f"block{i}": f"blocks.{i}" for i in range(len(self.blocks))}
        return names | {"mid": f"blocks.{len(self.blocks) // 2}"}

    def forward(self, *inputs: Tensor) -> Any:
        state = torch.cat([inputs[i] for i in self.state_at], dim=1)
        c = self.condition(inputs, len(state))
        h = self.read(self._cut(state)) + self.position
        for block in self.blocks:
            h = block(h, c)
        out, flat = self.head(h, c), self.signature.flat
        numbers = out[..., out.shape[-1] - flat :].mean(1)
        return self.signature.arrange(self._images(out), numbers.unbind(1))

    def _cut(self, image: Tensor) -> Tensor:
        """`[B, C, H, W] -> [B, N, C p p]`."""
        p, (rows, columns) = self.patch, self.grid
        x = image.unflatten(2, (rows, p)).unflatten(4, (columns, p))
        return x.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2)

    def _images(self, tokens: Tensor) -> list[Tensor]:
        s, p = self.signature, self.patch
        if not s.shaped:
            return []
        x = tokens[..., : tokens.shape[-1] - s.flat].unflatten(-1, (-1, p, p))
        x = x.unflatten(1, self.grid).permute(0, 3, 1, 4, 2, 5)
        return list(x.flatten(4).flatten(2, 3).chunk(s.shaped, dim=1))


def _positions(rows: int, columns: int, width: int) -> Tensor:
    """`[rows * columns, width]`: sines and cosines of both places, as if each were in [0, 1]."""
    frequencies = math.pi * 2.0 ** torch.linspace(0, 3, -(-width // 4))
    places = torch.cartesian_prod(torch.linspace(0, 1, rows), torch.linspace(0, 1, columns))
    angles = (places[..., None] * frequencies).flatten(1)
    return torch.cat([angles.sin(), angles.cos()], dim=1)[:, :width]


def _checked_patch(s: Signature, patch: int | None) -> int:
    if not s.states or "feature" in s.states or len(s.point_shape) != 3:
        raise BackboneError(
            f"`dit` reads images [C, H, W], not {s.states} of shape {s.point_shape}",
            "use `mlp`",
        )
    _, rows, columns = s.point_shape
    chosen = patch or (2 if max(rows, columns) <= 32 else 4)
    if rows % chosen or columns % chosen:
        raise BackboneError(
            f"an image of {rows} x {columns} cannot be cut into patches of {chosen}",
            "choose a `patch` that divides both sides",
        )
    return chosen
