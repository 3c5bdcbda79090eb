"""Operators whose forward-mode derivative torch cannot differentiate, written out.

The tangent that torch 2.13 gives for `layer_norm` holds the saved mean and deviation as
constants, so both the gradient through it and a second forward derivative are silently wrong
(pytorch #196700 has the latter); `instance_norm` and `batch_norm` share the fault. The tangents
of `glu` and `hardsigmoid` cannot be differentiated at all.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode


class Composite(TorchFunctionMode):
    """While entered, those operators are sums and products, whose derivatives are right.

    nested: another forward mode is around this one. It may run without a tape, where the
    tangents of `silu` and `mish` have no forward mode either.
    """

    def __init__(self, nested: bool = False) -> None:
        super().__init__()
        self.written = WRITTEN | NESTED if nested else WRITTEN

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        if func is Tensor.unflatten:  # dynamo cannot step into the method while a mode is entered
            func = torch.unflatten
        written = self.written.get(func)
        if written is None:
            return func(*args, **(kwargs or {}))
        return written(*args, **(kwargs or {}))


def layer_norm(
    input: Tensor,
    normalized_shape: Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
    cudnn_enable: bool = True,
) -> Tensor:
    """Layer normalisation over the last axes."""
    return _affine(_normed(input, range(-len(normalized_shape), 0), eps), weight, bias)


def instance_norm(
    input: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    use_input_stats: bool = True,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalisation of each channel of each example over its places."""
    if running_mean is not None or not use_input_stats:
        return F.instance_norm(
            input, running_mean, running_var, weight, bias, use_input_stats, momentum, eps
        )
    return _by_channel(_normed(input, range(2, input.ndim), eps), weight, bias)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """Normalisation of each channel over the batch, where no running statistics are kept."""
    if running_mean is not None or not training:
        return F.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)
    return _by_channel(_normed(input, (0, *range(2, input.ndim)), eps), weight, bias)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """One half of the input, gated by the other."""
    value, gate = input.chunk(2, dim)
    return value * torch.sigmoid(gate)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """A clipped line."""
    return (input / 6 + 0.5).clamp(0, 1)


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """The input, gated by its own sigmoid."""
    return input * torch.sigmoid(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """The input, gated by the tanh of its softplus."""
    return input * torch.tanh(F.softplus(input))


def _normed(x: Tensor, over: Sequence[int], eps: float) -> Tensor:
    # Autocast runs norms in float32, and so do torch's own kernels inside half precision.
    fine = x.to(torch.promote_types(x.dtype, torch.float32))
    centred = fine - fine.mean(tuple(over), keepdim=True)
    normed = centred * (centred.square().mean(tuple(over), keepdim=True) + eps).rsqrt()
    return normed if torch.is_autocast_enabled(x.device.type) else normed.to(x.dtype)


def _affine(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    scaled = x if weight is None else x * weight
    return scaled if bias is None else scaled + bias


def _by_channel(x: Tensor, weight: Tensor | None, bias: Tensor | None) -> Tensor:
    shape = (1, -1, *(1,) * (x.ndim - 2))
    return _affine(
        x,
        None if weight is None else weight.view(shape),
        None if bias is None else bias.view(shape),
    )


# The functional forms suffice: modules call them, and inside them the mode is off.
WRITTEN: dict[Any, Callable[..., Tensor]] = {
    F.layer_norm: layer_norm,
    torch.layer_norm: layer_norm,
    F.instance_norm: instance_norm,
    F.batch_norm: batch_norm,
    F.glu: glu,
    F.hardsigmoid: hardsigmoid,
}
NESTED: dict[Any, Callable[..., Tensor]] = {F.silu: silu, F.mish: mish}
