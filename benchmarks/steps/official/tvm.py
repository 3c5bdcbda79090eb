"""Terminal Velocity Matching: the gradient flows through the derivative by the target time."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel

from .draws import between, logit_normal, wide
from .form import Batch, Nets


def plain(nets: Nets, batch: Batch) -> Tensor:
    """Equation 12: a dual call under the tape, an averaged net's target, a velocity term."""
    x, c = batch["pixels"], batch["label"]
    e, (s, t), later = torch.randn_like(x), clocks(x), logit_normal(x)
    z, v = between(x, e, t), e - x
    F, dF = slope(nets, z, t, s, c)
    with torch.no_grad():
        target = nets["slow"](z + wide(s - t, x) * F, s, s, c)
    matching = nets["F"](between(x, e, later), later, later, c) - v
    return squares(F + wide(s - t, x) * dF - target) + squares(matching)


def guided(nets: Nets, batch: Batch) -> Tensor:
    """Equation 15: the averaged net is called once on both targets' batches, joined."""
    x, label = batch["pixels"], batch["label"]
    null = torch.full_like(label, 10)
    c = torch.where(torch.rand_like(label, dtype=torch.float32) < 0.1, null, label)
    w = torch.where(c == null, 1.0, 2.0)
    e, (s, t), later = torch.randn_like(x), clocks(x), logit_normal(x)
    z, v = between(x, e, t), e - x
    F, dF = slope(nets, z, t, s, c, 1 / w)
    z_later = between(x, e, later)
    with torch.no_grad():
        places = torch.cat([z + wide((s - t) * w, x) * F, z_later])
        times, q = torch.cat([s, later]), torch.cat([1 / w, torch.ones_like(w)])
        end, free = nets["slow"](places, times, times, torch.cat([c, null]), q).chunk(2)
    matching = nets["F"](z_later, later, later, c, 1 / w)
    goal = (wide(w, x) * v + (1 - wide(w, x)) * free) / wide(w, x)
    return squares(F + wide(s - t, x) * dF - end) + squares(matching - goal)


def slope(nets: Nets, z: Tensor, t: Tensor, s: Tensor, *rest: Tensor) -> tuple[Tensor, Tensor]:
    """The net and its derivative by the target time, both recorded."""
    with sdpa_kernel(SDPBackend.MATH):
        return torch.func.jvp(lambda s: nets["F"](z, t, s, *rest), (s,), (torch.ones_like(s),))


def clocks(x: Tensor) -> tuple[Tensor, Tensor]:
    """The target time and the source time: a gap, and a start below one minus it."""
    gap = logit_normal(x, -0.8)
    s = logit_normal(x) * (1 - gap)
    return s, s + gap


def squares(difference: Tensor) -> Tensor:
    """The mean square."""
    return difference.square().mean()
