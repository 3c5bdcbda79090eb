"""Attention as torch has it on a GPU, played on a CPU: cuDNN's operator and its choice.

What counts is how the operator behaves when no argument is seen to require gradient: it then
keeps no log-sum-exp, and its backward returns memory that it never wrote.
"""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import handle_torch_function, has_torch_function

from fmdsl.lowering.attention import fused

#: Whether each call, in its order, was asked to keep its log-sum-exp.
Calls = list[bool]
_torchs = F.scaled_dot_product_attention


def _attention(q: Tensor, k: Tensor, v: Tensor, **given: Any) -> Tensor:
    """Torch's choice, for which a GPU is not needed: `should_compute_logsumexp` and all."""
    if has_torch_function((q, k, v)):
        return handle_torch_function(_attention, (q, k, v), q, k, v, **given)
    if not torch.backends.cuda.cudnn_sdp_enabled():
        return _torchs(q, k, v, **given)
    kept = torch.is_grad_enabled() and any(x.requires_grad for x in (q, k, v))
    return torch.ops.aten._scaled_dot_product_cudnn_attention(q, k, v, None, kept)[0]


def _weights(q: Tensor, k: Tensor) -> tuple[Tensor, Tensor]:
    scores = q @ k.mT / math.sqrt(q.shape[-1])
    lse = scores.logsumexp(-1, keepdim=True)
    return (scores - lse).exp(), lse.float()


def _backward(grad: Tensor, q: Tensor, k: Tensor, v: Tensor, out: Tensor, lse: Any, *_: Any) -> Any:
    if lse is None:
        return tuple(torch.full_like(x, math.nan) for x in (q, k, v))
    p, _lse = _weights(q, k)
    ds = p * (grad @ v.mT - (grad * out).sum(-1, keepdim=True)) / math.sqrt(q.shape[-1])
    return ds @ k, ds.mT @ q, p.mT @ grad


@contextmanager
def gpu_attention(patch: pytest.MonkeyPatch) -> Generator[Calls]:
    """While entered, attention is what it is on a GPU, and ours runs there too."""
    calls: Calls = []

    def forward(q: Tensor, k: Tensor, v: Tensor, _bias: Any, kept: bool, *_: Any) -> Any:
        calls.append(kept)
        p, lse = _weights(q, k)
        none = torch.empty((), dtype=torch.long)
        lse = lse if kept else None
        # laid out as its queries are
        out = (p @ v).transpose(1, 2).contiguous().transpose(1, 2)
        return out, lse, None, None, q.shape[2], k.shape[2], none, none.clone(), None

    library = torch.library.Library("aten", "IMPL")
    library.impl("_scaled_dot_product_cudnn_attention", forward, "CPU")
    library.impl("_scaled_dot_product_cudnn_attention_backward", _backward, "CPU")
    patch.setattr(F, "scaled_dot_product_attention", _attention)
    patch.setattr(fused, "has_kernel", lambda _q: True)
    try:
        yield calls
    finally:
        library._destroy()  # pyright: ignore[reportPrivateUsage]
