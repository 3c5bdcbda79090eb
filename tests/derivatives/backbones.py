"""Small nets of the kinds that people train, each with a batch to call it on."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def times(t: Tensor, width: int) -> Tensor:
    """Sines and cosines of a time, as time embeddings have them."""
    speeds = torch.exp(torch.arange(width // 2, dtype=t.dtype) * (-math.log(100.0) / width))
    angles = t[:, None] * speeds
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class Mlp(nn.Module):
    """A net of a vector state, two times and an optional label."""

    def __init__(self, norm: str = "none", dropout: float = 0.0) -> None:
        super().__init__()
        self.label = nn.Embedding(3, 16)
        self.enter = nn.Linear(4 + 32, 24)
        self.middle = nn.Linear(24, 24)
        norms: dict[str, Callable[[], nn.Module]] = {
            "none": nn.Identity,
            "layer": lambda: nn.LayerNorm(24),
            "rms": lambda: nn.RMSNorm(24),
            "group": lambda: nn.GroupNorm(4, 24),
        }
        self.norm = norms[norm]()
        self.drop = nn.Dropout(dropout)
        self.leave = nn.Linear(24, 4)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        when = times(t, 16)
        if label is not None:
            when = when + self.label(label)
        h = F.silu(self.enter(torch.cat([z, when, times(t - r, 16)], dim=-1)))
        h = self.drop(F.gelu(self.norm(self.middle(h))))
        return self.leave(h)


class Branches(nn.Module):
    """A net with two outputs."""

    def __init__(self) -> None:
        super().__init__()
        self.body = Mlp()
        self.head = nn.Linear(4, 2)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor | None = None) -> Any:
        u = self.body(z, r, t, label)
        return u, torch.tanh(self.head(u) * t[:, None])


class UNet(nn.Module):
    """One level down, one up, with a skip, a transposed convolution and GroupNorm."""

    def __init__(self) -> None:
        super().__init__()
        self.enter = nn.Conv2d(2, 8, 3, padding=1)
        self.when = nn.Linear(32, 8)
        self.norm = nn.GroupNorm(2, 8)
        self.down = nn.Conv2d(8, 12, 3, stride=2, padding=1)
        self.up = nn.ConvTranspose2d(12, 8, 2, stride=2)
        self.leave = nn.Conv2d(16, 2, 3, padding=1)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        when = self.when(torch.cat([times(t, 16), times(t - r, 16)], dim=-1))
        h = F.silu(self.norm(self.enter(z) + when[:, :, None, None]))
        deep = self.up(F.silu(self.down(h)))
        return self.leave(torch.cat([h, deep], dim=1))


class DiT(nn.Module):
    """Blocks of modulated attention and MLP over 2x2 patches."""

    def __init__(self, fused: bool, depth: int = 2, width: int = 16, heads: int = 2) -> None:
        super().__init__()
        self.fused, self.heads = fused, heads
        self.enter = nn.Conv2d(2, width, 2, stride=2)
        self.when = nn.Linear(32, width)
        self.label = nn.Embedding(3, width)
        self.blocks = nn.ModuleList([Block(fused, width, heads) for _ in range(depth)])
        self.norm = nn.LayerNorm(width, elementwise_affine=False)
        self.leave = nn.Linear(width, 8)

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor | None = None) -> Tensor:
        b, _, height, width = z.shape
        h = self.enter(z).flatten(2).transpose(1, 2)
        c = self.when(torch.cat([times(t, 16), times(t - r, 16)], dim=-1))
        if label is not None:
            c = c + self.label(label)
        for block in self.blocks:
            h = block(h, F.silu(c))
        h = self.leave(self.norm(h)).transpose(1, 2)
        h = h.reshape(b, 8, height // 2, width // 2)
        return F.pixel_shuffle(h, 2)


class Block(nn.Module):
    """One adaLN block."""

    def __init__(self, fused: bool, width: int, heads: int) -> None:
        super().__init__()
        self.fused, self.heads = fused, heads
        self.norm1 = nn.LayerNorm(width, elementwise_affine=False)
        self.norm2 = nn.LayerNorm(width, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.mlp = nn.Sequential(
            nn.Linear(width, 2 * width), nn.GELU("tanh"), nn.Linear(2 * width, width)
        )
        self.modulate = nn.Linear(width, 6 * width)

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        s1, b1, g1, s2, b2, g2 = self.modulate(c)[:, None].chunk(6, dim=-1)
        h = h + g1 * self.attend(self.norm1(h) * (1 + s1) + b1)
        return h + g2 * self.mlp(self.norm2(h) * (1 + s2) + b2)

    def attend(self, h: Tensor) -> Tensor:
        b, n, w = h.shape
        q, k, v = self.qkv(h).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            o = F.scaled_dot_product_attention(q, k, v)
        else:
            o = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, dim=-1) @ v
        return self.out(o.transpose(1, 2).reshape(b, n, w))


NETS: dict[str, Callable[[], nn.Module]] = {
    "mlp": Mlp,
    "mlp-layernorm": lambda: Mlp("layer"),
    "mlp-rmsnorm": lambda: Mlp("rms"),
    "mlp-groupnorm": lambda: Mlp("group"),
    "mlp-dropout": lambda: Mlp("layer", dropout=0.3),
    "branches": Branches,
    "unet": UNet,
    "dit": lambda: DiT(fused=False),
    "dit-sdpa": lambda: DiT(fused=True),
}


class Case:
    """A net in float64, a batch of arguments, and their tangents."""

    def __init__(self, name: str, dtype: torch.dtype = torch.float64) -> None:
        torch.manual_seed(0)
        self.net = NETS[name]().to(dtype)
        shape = (3, 2, 4, 4) if name in ("unet", "dit", "dit-sdpa") else (3, 4)
        z, v = torch.randn(2, *shape, dtype=dtype).unbind(0)
        t = torch.rand(3, dtype=dtype) * 0.5 + 0.4
        self.primals: tuple[Any, ...] = (z, t * 0.4, t, torch.tensor([0, 2, 1]))
        self.tangents: tuple[Any, ...] = (v, None, torch.ones_like(t), None)

    def parameters(self) -> list[Tensor]:
        return list(self.net.parameters())
