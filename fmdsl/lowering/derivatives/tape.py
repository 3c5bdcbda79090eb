"""Running a net again beside its real call: no tape, the same draws, no traces in its buffers."""

# torch has no public name for these.
# pyright: reportPrivateUsage=false, reportAttributeAccessIssue=false

from __future__ import annotations

import contextlib
from collections.abc import Generator, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.attention import SDPBackend, sdpa_kernel

from fmdsl.lowering.attention import FusedAttention
from fmdsl.lowering.derivatives.composite import Composite
from fmdsl.lowering.derivatives.derivative import Net


@contextlib.contextmanager
def off_tape() -> Generator[None]:
    """No tape, and nothing left in autocast's cache.

    Autocast keeps its casts of the weights; one made without a tape would be handed to the
    next call that needs its gradient, which is then silently lost.
    """
    with torch.no_grad(), _uncached_autocast():
        yield


@contextlib.contextmanager
def _uncached_autocast() -> Generator[None]:
    before = torch.is_autocast_cache_enabled()
    torch.set_autocast_cache_enabled(False)
    try:
        yield
    finally:
        torch.set_autocast_cache_enabled(before)


@contextlib.contextmanager
def forward_mode(again: bool, apart: bool = False) -> Generator[None]:
    """Operators as forward mode needs them: attention that has one, and norms that are right.

    again: the derivative will be differentiated again, so operators whose tangent torch gets
    wrong at second order are written out. apart: the value has a tape, its tangent has none.
    """
    compiling = torch.compiler.is_compiling()
    nested = not compiling and torch._C._functorch.peek_interpreter_stack() is not None
    # Dynamo fails on forward mode through torch's own layer_norm where it has weights.
    written = again or nested or compiling
    nothing = contextlib.nullcontext()
    fused = nothing if nested or compiling else FusedAttention(apart, everywhere=False)
    norms = Composite(nested or compiling) if written else nothing
    with sdpa_kernel(SDPBackend.MATH), norms, fused:
        yield


def draws(net: Net) -> bool:
    """Whether a module of the net draws random numbers when called."""
    if not isinstance(net, nn.Module):
        return False
    return any(m.training and _draws_itself(m) for m in net.modules())


def mixes(net: nn.Module) -> bool:
    """Whether a row of the net's answer depends on the other rows of the batch."""
    norm = nn.modules.batchnorm._BatchNorm  # pyright: ignore[reportPrivateUsage]
    return any(isinstance(m, norm) and m.training for m in net.modules())


def _draws_itself(module: nn.Module) -> bool:
    dropout = nn.modules.dropout._DropoutNd  # pyright: ignore[reportPrivateUsage]
    return isinstance(module, nn.RReLU) or (isinstance(module, dropout) and module.p > 0)


class Draws:
    """The state of the random generators before a call, so that it can be made again."""

    def __init__(self, values: Sequence[Any]) -> None:
        self.devices = sorted(
            {v.device.index or 0 for v in values if isinstance(v, Tensor) and v.is_cuda}
        )
        self.cpu = torch.get_rng_state()
        self.cuda = [torch.cuda.get_rng_state(d) for d in self.devices]

    @contextlib.contextmanager
    def again(self) -> Generator[None]:
        """Draw the same numbers as the call before, and leave the generators as they were."""
        with torch.random.fork_rng(devices=self.devices):
            torch.set_rng_state(self.cpu)
            for device, state in zip(self.devices, self.cuda, strict=True):
                torch.cuda.set_rng_state(state, device)
            yield


def beside(net: Net) -> Net:
    """The net for an extra evaluation: it writes to copies of its buffers."""
    if not isinstance(net, nn.Module) or not net.training:
        return net
    buffers = {name: buffer.clone() for name, buffer in net.named_buffers()}
    if not buffers:
        return net
    return lambda *args: torch.func.functional_call(net, buffers, args)
