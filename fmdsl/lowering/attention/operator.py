"""`fmdsl::dual_attention`, a custom operator: attention and its tangent in one call."""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import torch
from torch import Tensor

from fmdsl.lowering.attention import formulas
from fmdsl.lowering.attention.formulas import Four, Six


def has_kernel(q: Tensor) -> bool:
    """Whether the kernel runs for queries like these."""
    interpreted = os.environ.get("TRITON_INTERPRET") == "1" and q.device.type == "cpu"
    width = q.shape[-1]
    fits = width & (width - 1) == 0 and 16 <= width <= 128 and q.dtype != torch.float64
    return fits and (q.is_cuda or interpreted) and find_spec("triton") is not None


def _forward(q: Tensor) -> Callable[..., Four]:
    """The kernel where it runs; the formulas elsewhere."""
    if not has_kernel(q):
        return formulas.forward
    from fmdsl.lowering.attention import kernel

    return kernel.forward


def _backward(q: Tensor) -> Callable[..., Six]:
    if not has_kernel(q):
        return formulas.backward
    from fmdsl.lowering.attention import kernel_backward

    return kernel_backward.backward


@torch.library.custom_op("fmdsl::dual_attention", mutates_args=())
def dual(
    q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, scale: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """(o, its tangent, log-sum-exp, μ): see `formulas.forward`."""
    parts = [x.contiguous() for x in (q, k, v, tq, tk, tv)]
    o, to, lse, mu = _forward(q)(*parts, scale)
    return o, to, lse, mu


@dual.register_fake
def _(q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, scale: float) -> Four:
    o = torch.empty_like(q, memory_format=torch.contiguous_format)
    fine = torch.promote_types(q.dtype, torch.float32)
    row = q.new_empty(q.shape[:-1], dtype=fine)
    return o, torch.empty_like(o), row, torch.empty_like(row)


@torch.library.custom_op("fmdsl::dual_attention_backward", mutates_args=())
def dual_backward(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    tq: Tensor,
    tk: Tensor,
    tv: Tensor,
    o: Tensor,
    to: Tensor,
    lse: Tensor,
    mu: Tensor,
    go: Tensor,
    gt: Tensor,
    scale: float,
) -> tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]:
    """Gradients in all six arguments: see `formulas.backward`."""
    parts = [x.contiguous() for x in (q, k, v, tq, tk, tv, o, to, lse, mu, go, gt)]
    dq, dk, dv, dtq, dtk, dtv = (x.contiguous() for x in _backward(q)(*parts, scale))
    return dq, dk, dv, dtq, dtk, dtv


@dual_backward.register_fake
def _(q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, *rest: Any) -> Six:
    like = [torch.empty_like(x, memory_format=torch.contiguous_format) for x in (q, k, v)]
    a, b, c = like
    return a, b, c, torch.empty_like(a), torch.empty_like(b), torch.empty_like(c)


def _save(ctx: Any, inputs: tuple[Any, ...], output: Four) -> None:
    ctx.save_for_backward(*inputs[:6], *output)
    ctx.scale = inputs[6]
    ctx.set_materialize_grads(False)


def _pull(ctx: Any, go: Tensor | None, gt: Tensor | None, *_: Tensor | None) -> tuple[Any, ...]:
    saved = ctx.saved_tensors
    o = saved[6]
    if go is None and gt is None:
        return (None,) * 7
    go = torch.zeros_like(o) if go is None else go
    gt = torch.zeros_like(o) if gt is None else gt
    return (*dual_backward(*saved, go, gt, ctx.scale), None)


dual.register_autograd(_pull, setup_context=_save)
