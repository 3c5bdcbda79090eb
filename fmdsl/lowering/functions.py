"""The operators of the language as functions of torch: what a program's code calls.

One function for each declared operator, under its own name, and those of a graph's
structure. Arithmetic is Python's own.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

from fmdsl.graph.structure import leading
from fmdsl.ops import OPERATORS

ARITHMETIC: dict[str, Callable[..., Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
    "^": operator.pow,
    "neg": operator.neg,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "and": operator.and_,
    "getitem": operator.getitem,
}


def expand(a: Tensor, like: Tensor) -> Tensor:
    """A number per example, shaped to meet a vector."""
    return a.unsqueeze(-1) if like.ndim == 2 else a.reshape(a.shape + (1,) * (like.ndim - 1))


def full(a: float | Tensor, like: Tensor, after: float = 0.0) -> Tensor:
    """A number as one per example, those of the rows after a first share, in clocks' precision."""
    rows, dtype = like.shape[0], clock_dtype(like)
    rows -= leading(rows, after) if after else 0
    if isinstance(a, Tensor):
        return a.to(device=like.device, dtype=dtype).expand(rows)
    return torch.full((rows,), a, dtype=dtype, device=like.device)


def labels(a: int, like: Tensor) -> Tensor:
    """One label for every example; -1 is the empty one."""
    return torch.full((like.shape[0],), a, dtype=torch.int64, device=like.device)


def clock_dtype(like: Tensor) -> torch.dtype:
    """Float32 or better: a clock in bfloat16 has two digits."""
    if like.dtype == torch.float32:
        return torch.float32
    if not like.is_floating_point():
        return torch.get_default_dtype()
    return torch.promote_types(like.dtype, torch.float32)


def sg(a: Tensor) -> Tensor:
    """The same numbers, their gradient stopped."""
    return a.detach()


def head(a: Tensor, share: float) -> Tensor:
    """The first rows."""
    return a[: leading(a.shape[0], share)]


def tail(a: Tensor, share: float) -> Tensor:
    """The rows after the first ones."""
    return a[leading(a.shape[0], share) :]


def pad(a: Tensor, like: Tensor) -> Tensor:
    """Rows of zeros before `a`, until it is as long as `like`."""
    rows = like.shape[0] - a.shape[0]
    return torch.constant_pad_nd(a, (0, 0) * (a.ndim - 1) + (rows, 0))


def join(*parts: Tensor) -> Tensor:
    """Rows one after another."""
    return torch.cat(parts)


def part(a: Tensor, *like: Tensor, index: int) -> Tensor:
    """Of joined rows, those that came from the index-th."""
    start = sum(one.shape[0] for one in like[:index])
    return a[start : start + like[index].shape[0]]


def null_row(label: Tensor, null: int) -> Tensor:
    """Labels with the empty one, -1, replaced by a net's own."""
    return torch.threshold(label, -1, null)


def softplus(a: Tensor) -> Tensor:
    """`log(1 + exp(a))`; its slope at 0 is exactly 1/2."""
    return F.softplus(a, threshold=40.0)


def sse(a: Tensor, b: Tensor | float = 0.0) -> Tensor:
    """`sum((a - b)^2)` over an example."""
    return _flat(_squares(a, b)).sum(-1)


def mse(a: Tensor, b: Tensor | float = 0.0) -> Tensor:
    """The mean of `(a - b)^2` over an example."""
    return _flat(_squares(a, b)).mean(-1)


#: `F.mse_loss` without its checks, and without a reduction.
_mse_loss: Callable[..., Tensor] = torch._C._nn.mse_loss  # pyright: ignore


def _squares(a: Tensor, b: Tensor | float) -> Tensor:
    """Torch's own: one operator and one for the gradient, where a product has two and three.

    Not for a compiler, which fuses a product and takes the strides of that gradient for others.
    """
    if isinstance(b, Tensor) and not torch.compiler.is_dynamo_compiling():
        return _mse_loss(a, b, 0)
    d = a - b if isinstance(b, Tensor) or b else a
    return d * d


def _flat(a: Tensor) -> Tensor:
    return a if a.ndim == 2 else a.reshape(a.shape[0], -1)


def relu(a: Tensor) -> Tensor:
    """The positive part."""
    return torch.relu(a)


def sigmoid(a: Tensor) -> Tensor:
    """`1 / (1 + exp(-a))`."""
    return torch.sigmoid(a)


def _declared(name: str) -> Callable[..., Any]:
    value = OPERATORS[name].value

    def function(*args: Any, **attrs: Any) -> Any:
        return value(torch, *args, **attrs)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = OPERATORS[name].doc
    return function


_STRUCTURE: tuple[Callable[..., Any], ...] = (expand, sg, head, tail, pad, join, part)
#: Every operation of a graph that is no call, by its name there.
FUNCTIONS: dict[str, Callable[..., Any]] = {
    **{name: _declared(name) for name in OPERATORS},
    **{f.__name__: f for f in (*_STRUCTURE, softplus, relu, sigmoid, sse, mse)},
    **ARITHMETIC,
}


def __getattr__(name: str) -> Callable[..., Any]:
    """A declared operator by name; as a global, `sum` or `abs` would hide Python's."""
    if name in FUNCTIONS:
        return FUNCTIONS[name]
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
