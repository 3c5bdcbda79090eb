"""A program's losses under `torch.compile`: rehearsed once, and eager where that fails."""

from __future__ import annotations

import contextlib
import warnings
from collections.abc import Callable, Generator, Hashable, Sequence
from typing import Any, cast

import torch
from torch import Tensor, fx, nn

from fmdsl.lowering.compiled import compiled, refusal
from fmdsl.lowering.derivatives.derivative import first_tensor, sharded
from fmdsl.lowering.derivatives.tape import draws
from fmdsl.lowering.settle import Settling

#: Kinds of call that one group is compiled for; further ones run eagerly, with a word.
LIMIT = 8
#: How far, in norm, a compiled loss and gradient may be from the eager ones.
OFF, OFF_IN_HALF = 1e-2, 0.2

Run = Callable[..., Any]


class Whole:
    """Compiles each group's loss, derivative included, at its first call of a kind.

    A kind is the shapes, types and devices of what is drawn, and the modes. At the first call
    the group runs eagerly too: that gives its derivatives their graphs, and what is compiled
    is used if it has the same loss and gradient. Else that group stays eager and a warning
    says why.
    """

    def __init__(self, **options: Any) -> None:
        self.options = {"dynamic": False, **options}
        self.made: dict[nn.Module, dict[Hashable, Run]] = {}

    def __call__(
        self, group: str, module: fx.GraphModule, values: Sequence[Any], nets: nn.Module
    ) -> Any:
        # Torch fails on a compiled derivative of a view, so what is drawn is made its own.
        given = [v.clone() if isinstance(v, Tensor) and v._is_view() else v for v in values]
        kinds, kind = self.made.setdefault(module, {}), _kind(given, nets)
        if kind not in kinds:
            kinds[kind] = self._made(group, module, given, nets)
        return kinds[kind](*given)

    def __deepcopy__(self, memo: dict[int, Any]) -> Whole:
        return Whole(**self.options)

    def _made(self, group: str, module: fx.GraphModule, values: list[Any], nets: nn.Module) -> Run:
        if len(self.made[module]) >= LIMIT:
            return _eager(group, module, f"it was called in {LIMIT} kinds", "keep to one shape")
        if sharded(nets):
            why = "its weights are sharded, and gathered block by block between graphs"
            return _eager(group, module, why, "average with DistributedDataParallel(program)")
        settling = Settling(module)
        want = _outcome(settling.run, values, nets)
        # Not the module: its call catches what goes wrong, in Python that a compiler refuses.
        run = compiled(settling.settled.forward, **self.options)
        try:
            found = _outcome(run, values, nets)
        except Exception as error:
            return _eager(group, module, *refusal(error))
        off = _distance(found, want)
        if not off <= _bound(values) and not any(draws(net) for net in nets.children()):
            why = f"compiled, its loss or gradient is off by {off:.0%}"
            return _eager(group, module, why, "look for an autograd.Function in its nets")
        return run


def _eager(group: str, module: fx.GraphModule, why: str, remedy: str) -> Run:
    warnings.warn(
        f"`{group}` is not compiled and runs eagerly: {why}\n  = help: {remedy}", stacklevel=5
    )
    return module


def _kind(values: Sequence[Any], nets: nn.Module) -> Hashable:
    device = first_tensor(values).device.type
    return (
        torch.is_grad_enabled(),
        torch.is_autocast_enabled(device) and torch.get_autocast_dtype(device),
        tuple(module.training for module in nets.modules()),
        tuple((v.shape, v.dtype, v.device) for v in values if isinstance(v, Tensor)),
    )


def _bound(values: Sequence[Any]) -> float:
    return OFF_IN_HALF if torch.is_autocast_enabled(first_tensor(values).device.type) else OFF


def _outcome(run: Run, values: Sequence[Any], nets: nn.Module) -> list[Tensor]:
    """The loss and its gradient in every weight, at a call that leaves no trace."""
    weights = [p for p in nets.parameters() if p.requires_grad]
    with untouched(nets, first_tensor(values).device):
        loss = torch.as_tensor(run(*values)[0]).mean()
        if not loss.requires_grad:
            return [loss.detach()]
        back = torch.autograd.grad(loss, weights, allow_unused=True)
    found = zip(weights, cast("tuple[Tensor | None, ...]", back), strict=True)
    return [loss.detach(), *(torch.zeros_like(p) if g is None else g for p, g in found)]


def _distance(found: list[Tensor], want: list[Tensor]) -> float:
    """The relative distance of the losses or of the gradients, whichever is more."""
    parts = [(found[:1], want[:1]), (found[1:], want[1:])]
    return max(_relative(a, b) for a, b in parts if b)


def _relative(found: list[Tensor], want: list[Tensor]) -> float:
    if len(found) != len(want):
        return 1.0
    apart = torch.stack([(a.double() - b.double()).norm() for a, b in zip(found, want)]).norm()
    size = torch.stack([b.double().norm() for b in want]).norm()
    return float(apart / size.clamp_min(1e-12))


@contextlib.contextmanager
def untouched(nets: nn.Module, device: torch.device) -> Generator[None]:
    """Random state and buffers are afterwards what they were before."""
    kept = [buffer.clone() for buffer in nets.buffers()]
    devices = [device.index or 0] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        yield
    for buffer, before in zip(nets.buffers(), kept, strict=True):
        if not torch.equal(buffer, before):
            buffer.data.copy_(before)
