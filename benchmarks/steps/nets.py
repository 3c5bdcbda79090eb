"""The nets whose steps are measured: a DiT and an MLP, plain enough to be anyone's."""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .size import CLASSES, PATCH, Size


def waves(t: Tensor, width: int) -> Tensor:
    """`[B] -> [B, width]`: cosines and sines of a clock."""
    speeds = torch.exp(torch.arange(width // 2, device=t.device) * (-math.log(1e4) * 2 / width))
    angles = t[:, None] * speeds
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


def fine(h: Tensor) -> Tensor:
    """In float32, where autocast puts norms: their derivative fails if it is left to do so."""
    return h.float() if h.dtype == torch.bfloat16 else h


class Net(nn.Module):
    """A point or feature, one to three numbers and a label to `heads` outputs like the point.

    The first number and the gap between the first two are embedded, so that a net of one
    clock and one of two do the same work; autocast is entered at every call.
    """

    classes = CLASSES

    def __init__(self, size: Size, heads: int) -> None:
        super().__init__()
        self.half, self.heads = size.half, heads
        self.when = nn.Sequential(
            nn.Linear(2 * size.width, size.width), nn.SiLU(), nn.Linear(size.width, size.width)
        )
        self.label = nn.Embedding(CLASSES + 1, size.width)
        self.width = size.width

    def forward(self, z: Tensor, *given: Tensor) -> Any:
        label = next(g for g in given if not g.is_floating_point())
        clocks = [g for g in given if g.is_floating_point()]
        with torch.autocast(z.device.type, torch.bfloat16, enabled=self.half):
            first, second = clocks[0], clocks[min(1, len(clocks) - 1)]
            both = [waves(first, self.width), waves(second - first, self.width)]
            c = self.when(torch.cat(both, dim=-1)) + self.label(label)
            c = c + waves(clocks[2], self.width) if len(clocks) > 2 else c
            out = self.body(z, c)
        return self.parts(out.float() if self.half else out)

    def body(self, z: Tensor, c: Tensor) -> Tensor:
        raise NotImplementedError

    def parts(self, out: Tensor) -> Any:
        return out if self.heads == 1 else out.chunk(self.heads, dim=-1)


class Block(nn.Module):
    """One adaLN block."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        d = size.width
        self.heads, self.fused = size.heads, size.fused
        self.n1 = nn.LayerNorm(d, elementwise_affine=False)
        self.n2 = nn.LayerNorm(d, elementwise_affine=False)
        self.qkv, self.out = nn.Linear(d, 3 * d), nn.Linear(d, d)
        self.up, self.down = nn.Linear(d, 4 * d), nn.Linear(4 * d, d)
        self.ada = nn.Linear(d, 6 * d)

    def attend(self, h: Tensor) -> Tensor:
        b, n, d = h.shape
        q, k, v = self.qkv(h).view(b, n, 3, self.heads, -1).permute(2, 0, 3, 1, 4).unbind(0)
        if self.fused:
            o = F.scaled_dot_product_attention(q, k, v)
        else:
            o = torch.softmax(q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5, dim=-1) @ v
        return self.out(o.transpose(1, 2).reshape(b, n, d))

    def forward(self, h: Tensor, c: Tensor) -> Tensor:
        s1, b1, g1, s2, b2, g2 = self.ada(F.silu(c))[:, None].chunk(6, dim=-1)
        h = h + g1 * self.attend(self.n1(fine(h)) * (1 + s1) + b1)
        x = self.n2(fine(h)) * (1 + s2) + b2
        return h + g2 * self.down(F.gelu(self.up(x), approximate="tanh"))


class DiT(Net):
    """Patches of sixteen numbers, as a sequence."""

    def __init__(self, size: Size, heads: int = 1) -> None:
        super().__init__(size, heads)
        d = size.width
        self.enter = nn.Linear(PATCH, d)
        self.place = nn.Parameter(torch.randn(size.tokens, d) * 0.02)
        self.blocks = nn.ModuleList([Block(size) for _ in range(size.depth)])
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        self.leave = nn.Linear(d, PATCH * heads)

    def body(self, z: Tensor, c: Tensor) -> Tensor:
        h = self.enter(z) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.leave(self.norm(fine(h)))

    def layer(self, _name: str) -> str:
        """The middle one."""
        return f"blocks.{max(0, len(self.blocks) // 2 - 1)}"


class MLP(Net):
    """Linears and activations; the tokens are one vector."""

    def __init__(self, size: Size, heads: int = 1) -> None:
        super().__init__(size, heads)
        numbers = size.tokens * PATCH
        self.enter = nn.Linear(numbers, size.width)
        self.middle = nn.ModuleList([nn.Linear(size.width, size.width) for _ in range(size.depth)])
        self.leave = nn.Linear(size.width, numbers * heads)
        self.tokens = size.tokens

    def body(self, z: Tensor, c: Tensor) -> Tensor:
        h = self.enter(z.flatten(1)) + c
        for layer in self.middle:
            h = layer(F.silu(h))
        return self.leave(F.silu(h)).unflatten(1, (self.tokens, -1))

    def layer(self, _name: str) -> str:
        """The middle one."""
        return f"middle.{max(0, len(self.middle) // 2 - 1)}"


class Head(Net):
    """A discriminator over a feature `[B, (N,) width]`: `[B]`."""

    def __init__(self, size: Size) -> None:
        super().__init__(size, 1)
        self.read, self.write = nn.Linear(size.width, size.width), nn.Linear(size.width, 1)

    def body(self, z: Tensor, c: Tensor) -> Tensor:
        h = F.silu(self.read(z) + (c if z.ndim == 2 else c[:, None]))
        return self.write(h.flatten(1, -2).mean(1) if h.ndim > 2 else h)[:, 0]


class Weight(nn.Module):
    """A learned weight of a clock: `[B]`."""

    def __init__(self, size: Size) -> None:
        super().__init__()
        self.width = size.width
        self.write = nn.Linear(size.width, 1)

    def forward(self, t: Tensor) -> Tensor:
        return self.write(waves(t, self.width))[:, 0]


def build(kind: str, size: Size) -> nn.Module:
    """A net by kind: `net`, `twin` of two outputs, `head` of a discriminator, `weight`."""
    main = {"dit": DiT, "mlp": MLP}[size.net]
    torch.manual_seed(0)
    match kind.split(":")[0]:
        case "net":
            made: nn.Module = main(size)
        case "twin":
            made = main(size, 2)
        case "head":
            made = Head(size)
        case _:
            made = Weight(size)
    return made.to(size.device)
