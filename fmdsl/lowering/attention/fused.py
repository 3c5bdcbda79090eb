"""Attention under forward mode becomes one call of the dual operator."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import torch
import torch.autograd.forward_ad as fwAD
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.overrides import TorchFunctionMode

from fmdsl.lowering.attention.operator import dual, has_kernel

FUSED = [
    SDPBackend.FLASH_ATTENTION,
    SDPBackend.CUDNN_ATTENTION,
    SDPBackend.EFFICIENT_ATTENTION,
    SDPBackend.MATH,
]


def dual_attention(
    q: Tensor,
    k: Tensor,
    v: Tensor,
    tq: Tensor | None,
    tk: Tensor | None,
    tv: Tensor | None,
    *,
    scale: float | None = None,
) -> tuple[Tensor, Tensor, Tensor]:
    """Attention, its tangent along (tq, tk, tv), and the log-sum-exp of its scores.

    q[B, H, N, D], k and v[B, H, M, D]; a tangent that is None is zero. Gradient flows into all
    six from the output and from the tangent. On CUDA, and where TRITON_INTERPRET=1, one kernel
    for head sizes 16, 32, 64 and 128; elsewhere formulas that take N·M memory.
    """
    tangents = (torch.zeros_like(x) if t is None else t for x, t in zip((q, k, v), (tq, tk, tv)))
    factor = q.shape[-1] ** -0.5 if scale is None else scale
    o, to, lse, _ = dual(q, k, v, *tangents, factor)
    return o, to, lse


class FusedAttention(TorchFunctionMode):
    """While entered, unmasked attention of dual tensors is one call of the dual operator.

    A masked, causal or dropped-out one, and one of tensors without tangents, is torch's.

    apart: the value is made by torch's own fused attention, so that its tape and backward are
        those of a plain forward; for a tangent that keeps no tape.
    everywhere: also where the kernel does not run and the formulas stand in for it.
    """

    def __init__(self, apart: bool = False, everywhere: bool = True) -> None:
        super().__init__()
        self.apart, self.everywhere = apart, everywhere

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Sequence[type],
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        given = dict(kwargs or {})
        if func is not F.scaled_dot_product_attention or not _plain(args, given):
            return func(*args, **given)
        q, k, v = (
            given.pop(n) if n in given else args[i] for i, n in enumerate(("query", "key", "value"))
        )
        duals = [fwAD.unpack_dual(x) for x in (q, k, v)]
        if all(x.tangent is None for x in duals) or not (self.everywhere or has_kernel(q)):
            return func(q, k, v, **given)
        primals = [x.primal for x in duals]
        o, to, _ = dual_attention(*primals, *(x.tangent for x in duals), scale=given.get("scale"))
        if self.apart:
            with sdpa_kernel(FUSED):
                o = func(*primals, **given)
        return fwAD.make_dual(o, to)


def _plain(args: Sequence[Any], given: Mapping[str, Any]) -> bool:
    q = args[0] if args else given["query"]
    k = args[1] if len(args) > 1 else given["key"]
    return (
        len(args) <= 3
        and given.get("attn_mask") is None
        and not given.get("dropout_p")
        and not given.get("is_causal")
        and not given.get("enable_gqa")
        and q.ndim == 4
        and q.shape[:2] == k.shape[:2]
    )
