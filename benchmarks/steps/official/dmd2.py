"""DMD2's two steps: frozen scores while the generator moves, a stopped sample for the critic.

The discriminator reads the fake score's middle; as in the official code the net stops there.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .draws import between, uniform, wide
from .form import Batch, Nets


def generator(nets: Nets, batch: Batch) -> Tensor:
    """The score difference as a regression target, and the discriminator's term."""
    nets["f"].requires_grad_(False)
    nets["disc"].requires_grad_(False)
    y, e, c = sample(nets, batch), torch.randn_like(batch["pixels"]), batch["label"]
    t, s = noise_level(y), noise_level(y)
    with torch.no_grad():
        z = between(y, e, t)
        real = z - wide(t, y) * nets["T"](z, t, c)
        fake = z - wide(t, y) * nets["f"](z, t, c)
        scale = (y - real).abs().flatten(1).mean(1)
        direction = (fake - real) / wide(scale, y)
    matched = 0.5 * (y - (y - direction).detach()).square().mean()
    loss = matched + 0.003 * F.softplus(-judge(nets, y, s, c)).mean()
    nets["f"].requires_grad_(True)
    nets["disc"].requires_grad_(True)
    return loss


def critic(nets: Nets, batch: Batch) -> Tensor:
    """Flow matching on samples, and the discriminator on samples and data."""
    with torch.no_grad():
        y = sample(nets, batch)
    x, c, e = batch["pixels"], batch["label"], torch.randn_like(y)
    t, s = noise_level(y), noise_level(y)
    matching = (nets["f"](between(y, e, t), t, c) - (e - y)).square().mean()
    told = F.softplus(judge(nets, y, s, c)) + F.softplus(-judge(nets, x, s, c))
    return matching + 0.01 * told.mean()


def sample(nets: Nets, batch: Batch) -> Tensor:
    """One step from noise."""
    noise = torch.randn_like(batch["pixels"])
    start = torch.ones(len(noise), device=noise.device)
    return noise - nets["G"](noise, start, batch["label"])


def noise_level(y: Tensor) -> Tensor:
    """Uniform on [0.02, 0.98]."""
    return 0.02 + 0.96 * uniform(y)


def judge(nets: Nets, y: Tensor, s: Tensor, c: Tensor) -> Tensor:
    """The discriminator's logit on a re-noised point."""
    place = between(y, torch.randn_like(y), s)
    return nets["disc"](_middle(nets["f"], place, s, c), s, c)


class _Enough(Exception):
    """Carries what the middle layer gave."""


def _middle(net: nn.Module, *place: Tensor) -> Tensor:
    def stop(_module: nn.Module, _given: Any, out: Tensor) -> None:
        raise _Enough(out)

    hook = net.get_submodule(net.layer("mid")).register_forward_hook(stop)  # type: ignore
    try:
        net(*place)
    except _Enough as enough:
        return enough.args[0]
    finally:
        hook.remove()
    raise AssertionError
