"""Groups of nets that move together: an optimizer, a scaler, clipping and warm-up each."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.runtime.config import Config, OptimizerChoice
from fmdsl.runtime.fault import ConfigError
from fmdsl.runtime.shards import is_part, laid


class Group:
    """The nets that one line of `minimize` moves.

    Groups of several stages that move the same nets are one: their optimizer goes on.
    `updates` counts the group's own steps, which is what warm-up is measured in.
    """

    def __init__(self, nets: dict[str, nn.Module], config: Config, device: torch.device) -> None:
        self.nets = nets
        self.clip = config.clip
        self.choices = {name: config.optimizer_of(name) for name in nets}
        self.optimizer = _optimizer(nets, self.choices)
        self.scaler = torch.amp.GradScaler(device.type, enabled=config.precision == "fp16")
        self.updates = 0

    @property
    def parameters(self) -> list[nn.Parameter]:
        return [p for net in self.nets.values() for p in net.parameters() if p.requires_grad]

    def backward(self, loss: Tensor) -> None:
        """Adds the gradient of `loss` to the parameters'."""
        self.scaler.scale(loss).backward()

    def norm(self) -> Tensor:
        """The norm of the gradients at hand, which are then cut to `clip`."""
        self.scaler.unscale_(self.optimizer)
        return _clipped(self.parameters, self.clip)

    def step(self, progress: float) -> None:
        """One update from the gradients at hand, which it then clears; after `norm`."""
        self._set_rates(progress)
        self.scaler.step(self.optimizer)
        self.scaler.update()
        self.optimizer.zero_grad(set_to_none=True)
        self.updates += 1

    @property
    def skips(self) -> bool:
        """Whether an overflow is skipped and the scale lowered, as with fp16."""
        return self.scaler.is_enabled()

    @property
    def rates(self) -> dict[str, float]:
        """The learning rate of each net at the last update."""
        pairs = zip(self.nets, self.optimizer.param_groups, strict=True)
        return {name: float(part["lr"]) for name, part in pairs}

    def state_dict(self) -> dict[str, Any]:
        return {
            "optimizer": self.optimizer.state_dict(),
            "scaler": self.scaler.state_dict(),
            "updates": self.updates,
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(self._laid(state["optimizer"]))
        self.scaler.load_state_dict(state["scaler"])
        self.updates = state["updates"]

    def _laid(self, state: dict[str, Any]) -> dict[str, Any]:
        """An optimizer's state as its weights lie."""
        weights = [p for part in self.optimizer.param_groups for p in part["params"]]
        moments = {
            place: {name: laid(value, weights[place]) for name, value in own.items()}
            for place, own in state["state"].items()
        }
        return {**state, "state": moments}

    def _set_rates(self, progress: float) -> None:
        parts = zip(self.choices.values(), self.optimizer.param_groups, strict=True)
        for choice, part in parts:
            part["lr"] = rate(choice, self.updates, progress)


def rate(choice: OptimizerChoice, updates: int, progress: float) -> float:
    """The learning rate: linear up over `warmup` updates, then as `decay` says."""
    up = min(1.0, (updates + 1) / choice.warmup) if choice.warmup else 1.0
    down = {
        "none": 1.0,
        "linear": 1 - progress,
        "cosine": 0.5 * (1 + math.cos(math.pi * progress)),
    }[choice.decay]
    return choice.lr * up * down


def _clipped(parameters: Iterable[nn.Parameter], clip: float | None) -> Tensor:
    """The norm of the gradients together; longer ones are cut to `clip`."""
    bound = math.inf if clip is None else clip
    norm = nn.utils.clip_grad_norm_(parameters, bound)
    return norm.full_tensor() if is_part(norm) else norm  # pyright: ignore


def _optimizer(
    nets: dict[str, nn.Module], choices: dict[str, OptimizerChoice]
) -> torch.optim.Optimizer:
    kinds = {choice.kind for choice in choices.values()}
    if len(kinds) > 1:
        raise ConfigError(
            f"the nets {', '.join(nets)} move together, by different optimizers: "
            + ", ".join(f"`{n}` by {c.kind}" for n, c in choices.items()),
            "give them one `kind`",
        )
    parts = [{"params": list(net.parameters()), **_options(choices[n])} for n, net in nets.items()]
    match kinds.pop():
        case "sgd":
            return torch.optim.SGD(parts, foreach=True)
        case "radam":
            return torch.optim.RAdam(parts, decoupled_weight_decay=True, foreach=True)
        case "adam":
            return torch.optim.Adam(parts, fused=True)
        case _:
            return torch.optim.AdamW(parts, fused=True)


def _options(choice: OptimizerChoice) -> dict[str, Any]:
    if choice.kind == "sgd":
        momentum, _ = choice.betas
        return {"lr": choice.lr, "momentum": momentum, "weight_decay": choice.weight_decay}
    names = ("lr", "betas", "weight_decay", "eps")
    return {name: getattr(choice, name) for name in names}
