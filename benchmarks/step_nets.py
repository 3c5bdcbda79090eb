"""The nets whose steps are measured, small enough for a CPU, and one batch of each."""

from __future__ import annotations

import math
from collections.abc import Callable

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from fmdsl.lowering.derivatives import Derivative

Loss = Callable[[], Tensor]


def waves(t: Tensor, width: int) -> Tensor:
    speeds = torch.exp(torch.arange(width // 2, device=t.device) * (-math.log(1e4) * 2 / width))
    angles = t[:, None].float() * speeds
    return torch.cat([angles.cos(), angles.sin()], dim=-1)


class Block(nn.Module):
    """One adaLN block."""

    def __init__(self, d: int, heads: int, fused: bool) -> None:
        super().__init__()
        self.heads, self.fused = heads, fused
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
        h = h + g1 * self.attend(self.n1(h) * (1 + s1) + b1)
        x = self.n2(h) * (1 + s2) + b2
        return h + g2 * self.down(F.gelu(self.up(x), approximate="tanh"))


class DiT(nn.Module):
    """Patches of four numbers, as a sequence."""

    def __init__(self, d: int, depth: int, tokens: int, heads: int, fused: bool = False) -> None:
        super().__init__()
        self.enter = nn.Linear(16, d)
        self.place = nn.Parameter(torch.randn(tokens, d) * 0.02)
        self.when = nn.Sequential(nn.Linear(2 * d, d), nn.SiLU(), nn.Linear(d, d))
        self.blocks = nn.ModuleList([Block(d, heads, fused) for _ in range(depth)])
        self.norm = nn.LayerNorm(d, elementwise_affine=False)
        self.leave, self.d = nn.Linear(d, 16), d

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        c = self.when(torch.cat([waves(t, self.d), waves(t - r, self.d)], dim=-1))
        h = self.enter(z) + self.place
        for block in self.blocks:
            h = block(h, c)
        return self.leave(self.norm(h))


class MLP(nn.Module):
    """Eight Linears."""

    def __init__(self, width: int = 1024) -> None:
        super().__init__()
        self.enter = nn.Linear(64 + 64, width)
        self.middle = nn.ModuleList([nn.Linear(width, width) for _ in range(7)])
        self.leave = nn.Linear(width, 64)

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        h = self.enter(torch.cat([z, waves(t, 32), waves(t - r, 32)], dim=-1))
        for layer in self.middle:
            h = layer(F.silu(h))
        return self.leave(F.silu(h))


class Half(nn.Module):
    """A net in bfloat16 by autocast."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net

    def forward(self, z: Tensor, r: Tensor, t: Tensor) -> Tensor:
        with torch.autocast(z.device.type, dtype=torch.bfloat16):
            return self.net(z, r, t).float()


class Setting:
    """A net and one batch of it."""

    def __init__(self, net: nn.Module, shape: tuple[int, ...], device: str) -> None:
        self.net = net.to(device)
        self.x, self.e = (torch.randn(shape, device=device) for _ in range(2))
        self.t = torch.rand(shape[0], device=device) * 0.5 + 0.5
        self.r = self.t * torch.rand(shape[0], device=device)
        t = self.t.view(-1, *(1,) * (len(shape) - 1))
        self.z, self.v = (1 - t) * self.x + t * self.e, self.e - self.x

    def gap(self, rows: slice = slice(None)) -> Tensor:
        return (self.t - self.r)[rows].view(-1, *(1,) * (self.z.ndim - 1))

    def fm(self) -> Tensor:
        return (self.net(self.z, self.r, self.t) - self.v).square().sum()

    def meanflow(self, derivative: Derivative, off: int | None = None) -> Loss:
        """The first `off` rows have r != t; the others skip the derivative. None: all rows."""
        count = self.z.shape[0] if off is None else off
        a = [x[:count].clone() for x in (self.z, self.r, self.t, self.v)]
        b = [x[count:].clone() for x in (self.z, self.t, self.t, self.v)]
        gap, one = self.gap(slice(0, count)).clone(), torch.ones_like(a[2])

        def loss() -> Tensor:
            u, du = derivative(self.net, tuple(a[:3]), (a[3], None, one), record=False)
            total = (u - (a[3] - gap * du).detach()).square().sum()
            if count == self.z.shape[0]:
                return total
            return total + (self.net(b[0], b[1], b[2]) - b[3]).square().sum()

        return loss

    def recorded(self) -> Tensor:
        """As py-meanflow writes it: one dual call, whose tangent is detached afterwards."""
        with sdpa_kernel(SDPBackend.MATH):
            u, du = torch.func.jvp(
                lambda z, t: self.net(z, self.r, t),
                (self.z, self.t),
                (self.v, torch.ones_like(self.t)),
            )
        return (u - (self.v - self.gap() * du).detach()).square().sum()

    def apart(self) -> Tensor:
        """As FastGen writes it: a dual call without a tape, then a forward."""
        with torch.no_grad(), sdpa_kernel(SDPBackend.MATH):
            _, du = torch.func.jvp(
                lambda z, t, r: self.net(z, r, t),
                (self.z, self.t, self.r),
                (self.v, torch.ones_like(self.t), torch.zeros_like(self.r)),
            )
        u = self.net(self.z, self.r, self.t)
        return (u - (self.v - self.gap() * du)).square().sum()

    def through(self, derivative: Derivative) -> Loss:
        """A terminal-velocity term: gradient flows through the derivative in r."""

        def loss() -> Tensor:
            u, du = derivative(
                self.net,
                (self.z, self.r, self.t),
                (None, torch.ones_like(self.r), None),
                record=True,
            )
            return (u - self.gap() * du - self.v).square().sum()

        return loss

    def through_stock(self) -> Tensor:
        with sdpa_kernel(SDPBackend.MATH):
            u, du = torch.func.jvp(
                lambda r: self.net(self.z, r, self.t), (self.r,), (torch.ones_like(self.r),)
            )
        return (u - self.gap() * du - self.v).square().sum()
