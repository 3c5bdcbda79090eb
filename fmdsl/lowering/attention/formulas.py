"""Attention with its tangent and their gradients, as formulas on whole matrices.

S = scale q kᵀ, P = softmax(S), o = P v; U = scale (tq kᵀ + q tkᵀ), μ = Σ P U by row,
W = P (U - μ), and the tangent of o is W v + P tv. It costs N² memory: the kernel is these
same formulas by tiles.
"""

from __future__ import annotations

import torch
from torch import Tensor

Four = tuple[Tensor, Tensor, Tensor, Tensor]
Six = tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]


def forward(
    q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, scale: float
) -> Four:
    """(o, its tangent, log-sum-exp, μ) for q[B, H, N, D], k and v[B, H, M, D]."""
    scores = scale * (q @ k.mT)
    lse = torch.logsumexp(_fine(scores), dim=-1)
    p = (scores - lse[..., None]).exp().to(q.dtype)
    u = scale * (tq @ k.mT + q @ tk.mT)
    mu = _fine(p * u).sum(-1)
    w = p * (u - mu[..., None].to(u.dtype))
    return p @ v, w @ v + p @ tv, lse, mu


def backward(
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
) -> Six:
    """Gradients in (q, k, v, tq, tk, tv) of `go · o + gt · to`."""
    p = (scale * (q @ k.mT) - lse[..., None]).exp().to(q.dtype)
    u = scale * (tq @ k.mT + q @ tk.mT) - mu[..., None].to(q.dtype)  # centred
    g = gt @ v.mT
    c = (gt * o).sum(-1, keepdim=True)
    d = (go * o + gt * to).sum(-1, keepdim=True)
    du = p * (g - c)
    ds = p * (go @ v.mT + gt @ tv.mT + (g - c) * u - d)
    return (
        scale * (ds @ k + du @ tk),
        scale * (ds.mT @ q + du.mT @ tq),
        p.mT @ go + (p * u).mT @ gt,
        scale * (du @ k),
        scale * (du.mT @ q),
        p.mT @ gt,
    )


def _fine(value: Tensor) -> Tensor:
    return value.to(torch.promote_types(value.dtype, torch.float32))
