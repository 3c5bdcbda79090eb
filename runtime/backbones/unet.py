"""A small U-Net for images up to 64 pixels."""

from __future__ import annotations

from typing import Any, final

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, silu

from fmdsl.runtime.backbones.attention import Attention
from fmdsl.runtime.backbones.backbone import Backbone, BackboneError, Signature
from fmdsl.runtime.backbones.embedding import Conditioning, zero
from fmdsl.runtime.backbones.norm import GroupNorm


class Residual(nn.Module):
    """Two convolutions around an adaptive group norm; the second starts at zero."""

    def __init__(self, inside: int, out: int, condition: int) -> None:
        super().__init__()
        self.norm1 = GroupNorm(inside)
        self.conv1 = nn.Conv2d(inside, out, 3, padding=1)
        self.norm2 = GroupNorm(out, affine=False)
        self.modulation = nn.Linear(condition, 2 * out)
        self.conv2 = zero(nn.Conv2d(out, out, 3, padding=1))
        self.skip = nn.Conv2d(inside, out, 1) if inside != out else nn.Identity()

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        shift, scale = self.modulation(c)[..., None, None].chunk(2, dim=1)
        y = self.conv1(silu(self.norm1(h)))
        y = self.conv2(silu(self.norm2(y) * (1 + scale) + shift))
        return self.skip(h) + y


class Middle(nn.Module):
    """The bottleneck: residual, attention over its places, residual."""

    def __init__(self, channels: int, condition: int, heads: int) -> None:
        super().__init__()
        self.first = Residual(channels, channels, condition)
        self.norm = GroupNorm(channels)
        self.attention = Attention(channels, heads, from_zero=True)
        self.second = Residual(channels, channels, condition)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        h = self.first(h, c)
        tokens = self.attention(self.norm(h).flatten(2).transpose(1, 2))
        return self.second(h + tokens.transpose(1, 2).unflatten(2, h.shape[2:]), c)


class Down(nn.Module):
    """Residuals at one resolution; what the way up will read is kept by the caller."""

    def __init__(self, inside: int, out: int, condition: int, blocks: int) -> None:
        super().__init__()
        widths = [inside] + [out] * blocks
        self.blocks = nn.ModuleList(
            Residual(a, b, condition) for a, b in zip(widths, widths[1:], strict=False)
        )

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        for block in self.blocks:
            h = block(h, c)
        return h


@final
class UNet(Backbone):
    """A U-Net with adaptive group norms and attention at the bottleneck.

    States `[B, C, H, W]`, several stacked on the channels. `multipliers` are the widths of
    the resolutions in units of `channels`; left out, the image is halved while it is even
    and longer than 4. `logit` and `scalar` are read from the averaged last features.
    """

    name = "unet"

    def __init__(
        self,
        *,
        point_shape: tuple[int, ...],
        inputs: tuple[str, ...],
        outputs: tuple[str, ...],
        classes: int | None = None,
        channels: int = 32,
        multipliers: tuple[int, ...] | None = None,
        blocks: int = 1,
        heads: int = 4,
        time_scale: float = 8.0,
    ) -> None:
        super().__init__()
        self.signature = s = Signature(point_shape, inputs, outputs, classes)
        widths = [channels * m for m in _checked_multipliers(s, multipliers)]
        self.state_at = tuple(i for i, k in enumerate(inputs) if k in s.states)
        condition = 4 * channels
        self.condition = Conditioning(s, condition, time_scale)
        self.read = nn.Conv2d(len(self.state_at) * point_shape[0], channels, 3, padding=1)
        ins = [channels, *widths[:-1]]
        self.down = nn.ModuleList(
            Down(a, b, condition, blocks) for a, b in zip(ins, widths, strict=True)
        )
        self.mid = Middle(widths[-1], condition, heads)
        outs = [*widths[-2::-1], channels]
        self.up = nn.ModuleList(
            Down(2 * a, b, condition, blocks) for a, b in zip(widths[::-1], outs, strict=True)
        )
        self.norm = GroupNorm(channels)
        self.write = zero(nn.Conv2d(channels, s.shaped * point_shape[0], 3, padding=1))
        self.count = zero(nn.Linear(channels, s.flat)) if s.flat else None

    @property
    def places(self) -> dict[str, str]:
        down = {f"down{i}": f"down.{i}" for i in range(len(self.down))}
        up = {f"up{i}": f"up.{i}" for i in range(len(self.up))}
        return down | {"mid": "mid"} | up

    def forward(self, *inputs: Tensor) -> Any:
        state = torch.cat([inputs[i] for i in self.state_at], dim=1)
        c = self.condition(inputs, len(state))
        h = self.read(state)
        kept: list[Tensor] = []
        for i, level in enumerate(self.down):
            h = level(nn.functional.avg_pool2d(h, 2) if i else h, c)
            kept.append(h)
        h = self.mid(h, c)
        for i, level in enumerate(self.up):
            h = interpolate(h, scale_factor=2.0, mode="nearest") if i else h
            h = level(torch.cat([h, kept.pop()], dim=1), c)
        return self._outputs(silu(self.norm(h)))

    def _outputs(self, h: Tensor) -> Any:
        s = self.signature
        images = self.write(h).chunk(s.shaped, dim=1) if s.shaped else ()
        numbers = self.count(h.mean((2, 3))).unbind(1) if self.count is not None else ()
        return s.arrange(images, numbers)


def _checked_multipliers(s: Signature, given: tuple[int, ...] | None) -> tuple[int, ...]:
    if not s.states or "feature" in s.states or len(s.point_shape) != 3:
        raise BackboneError(
            f"`unet` reads images [C, H, W], not {s.states} of shape {s.point_shape}",
            "use `mlp`",
        )
    _, rows, columns = s.point_shape
    chosen = given or _default_multipliers(rows, columns)
    factor = 2 ** (len(chosen) - 1)
    if rows % factor or columns % factor:
        raise BackboneError(
            f"an image of {rows} x {columns} cannot be halved {len(chosen) - 1} times",
            "give fewer `multipliers`, or pad the images",
        )
    return chosen


def _default_multipliers(rows: int, columns: int) -> tuple[int, ...]:
    levels, side = 1, min(rows, columns)
    while side > 4 and rows % 2 == 0 and columns % 2 == 0:
        levels, side, rows, columns = levels + 1, side // 2, rows // 2, columns // 2
    return (1, *(2,) * (levels - 1))
