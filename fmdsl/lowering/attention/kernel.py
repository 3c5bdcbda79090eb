"""Attention with its tangent, by tiles: one Triton kernel.

The softmax is normalised as it goes; the tangent's sums are rescaled with it. Nothing of
size N² is stored: the backward recomputes the scores from log-sum-exp and μ. With
`TRITON_INTERPRET=1` the kernels run on CPU tensors.
"""
# pyright: basic, reportCallIssue=false, reportArgumentType=false

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from fmdsl.lowering.attention.formulas import Four

Tiling = tuple[int, int, int, int]
FORWARD: dict[int, Tiling] = {64: (64, 64, 4, 2), 128: (64, 32, 4, 2)}


@triton.jit
def rows_of(pointer, batch, rows, columns, N, D: tl.constexpr):
    """A tile of a contiguous [B H, N, D] array; zero past its end."""
    places = pointer + (batch * N + rows[:, None]).to(tl.int64) * D + columns[None, :]
    return tl.load(places, mask=rows[:, None] < N, other=0.0)


@triton.jit
def put(pointer, value, batch, rows, columns, N, D: tl.constexpr):
    """Write a tile where `rows_of` would read it."""
    places = pointer + (batch * N + rows[:, None]).to(tl.int64) * D + columns[None, :]
    tl.store(places, value.to(pointer.dtype.element_ty), mask=rows[:, None] < N)


@triton.jit
def dot(a, b, PRECISION: tl.constexpr):
    """A product of tiles, summed in float32."""
    return tl.dot(a, b, input_precision=PRECISION)


@triton.jit
def _forward(
    Q,
    K,
    V,
    TQ,
    TK,
    TV,
    O,
    TO,
    LSE,
    MU,
    N,
    M,
    scale,
    D: tl.constexpr,
    BN: tl.constexpr,
    BM: tl.constexpr,
    PRECISION: tl.constexpr,
):
    batch = tl.program_id(1)
    rows, columns = tl.program_id(0) * BN + tl.arange(0, BN), tl.arange(0, D)
    q, tq = rows_of(Q, batch, rows, columns, N, D), rows_of(TQ, batch, rows, columns, N, D)
    top = tl.full([BN], float("-inf"), tl.float32)
    total, mu = tl.zeros([BN], tl.float32), tl.zeros([BN], tl.float32)
    acc, tacc = tl.zeros([BN, D], tl.float32), tl.zeros([BN, D], tl.float32)
    for start in range(0, M, BM):
        keys = start + tl.arange(0, BM)
        k, tk = rows_of(K, batch, keys, columns, M, D), rows_of(TK, batch, keys, columns, M, D)
        v, tv = rows_of(V, batch, keys, columns, M, D), rows_of(TV, batch, keys, columns, M, D)
        s = dot(q, tl.trans(k), PRECISION) * scale
        s = tl.where(keys[None, :] < M, s, float("-inf"))
        u = (dot(tq, tl.trans(k), PRECISION) + dot(q, tl.trans(tk), PRECISION)) * scale
        higher = tl.maximum(top, tl.max(s, 1))
        shrink, p = tl.exp(top - higher), tl.exp(s - higher[:, None])
        pu, top = p * u, higher
        total, mu = total * shrink + tl.sum(p, 1), mu * shrink + tl.sum(pu, 1)
        p, pu = p.to(v.dtype), pu.to(v.dtype)
        acc = acc * shrink[:, None] + dot(p, v, PRECISION)
        tacc = tacc * shrink[:, None] + dot(pu, v, PRECISION) + dot(p, tv, PRECISION)
    mu = mu / total
    out = acc / total[:, None]
    put(O, out, batch, rows, columns, N, D)
    put(TO, tacc / total[:, None] - mu[:, None] * out, batch, rows, columns, N, D)
    tl.store(LSE + batch * N + rows, top + tl.log(total), mask=rows < N)
    tl.store(MU + batch * N + rows, mu, mask=rows < N)


def forward(
    q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, scale: float
) -> Four:
    """As `formulas.forward`, for contiguous arrays with a head size that is a power of two."""
    b, h, n, d = q.shape
    o, to = torch.empty_like(q), torch.empty_like(q)
    lse, mu = (torch.empty(b, h, n, device=q.device, dtype=torch.float32) for _ in range(2))
    given = (q, k, v, tq, tk, tv, o, to, lse, mu)
    rows, keys, warps, stages = tiling(FORWARD, q)
    sizes = (n, k.shape[2], scale, d, rows, keys, precision(q))
    grid = (triton.cdiv(n, rows), b * h)
    _forward[grid](*given, *sizes, num_warps=warps, num_stages=stages)
    return o, to, lse, mu


def tiling(table: dict[int, Tiling], q: Tensor) -> Tiling:
    """Rows and keys of a tile, warps and stages; half as much of both in float32."""
    rows, keys, warps, stages = table[64 if q.shape[-1] <= 64 else 128]
    return (rows, keys, warps, stages) if q.dtype != torch.float32 else (32, 32, 4, 1)


def precision(q: Tensor) -> str:
    """Float32 in three passes: plain tf32 rounds more than a tangent may err."""
    return "tf32x3" if q.dtype == torch.float32 else "tf32"
