"""The gradient of attention with its tangent, by tiles: two Triton kernels."""
# pyright: basic, reportCallIssue=false, reportArgumentType=false

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from fmdsl.lowering.attention.formulas import Six
from fmdsl.lowering.attention.kernel import Tiling, dot, precision, put, rows_of, tiling

BACKWARD: dict[int, Tiling] = {64: (64, 64, 4, 1), 128: (32, 32, 4, 1)}


@triton.jit
def _scores(q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale, PRECISION: tl.constexpr):
    """(P, P u, dS, dU) of a tile, with u centred."""
    s = dot(q, tl.trans(k), PRECISION) * scale
    p = tl.where(inside, tl.exp(s - lse[:, None]), 0.0)
    u = (dot(tq, tl.trans(k), PRECISION) + dot(q, tl.trans(tk), PRECISION)) * scale - mu[:, None]
    g = dot(gt, tl.trans(v), PRECISION) - c[:, None]
    f = dot(go, tl.trans(v), PRECISION) + dot(gt, tl.trans(tv), PRECISION)
    return p, p * u, p * (f + g * u - d[:, None]) * scale, p * g * scale


@triton.jit
def _backward_q(
    Q,
    K,
    V,
    TQ,
    TK,
    TV,
    GO,
    GT,
    LSE,
    MU,
    C,
    DD,
    DQ,
    DTQ,
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
    go, gt = rows_of(GO, batch, rows, columns, N, D), rows_of(GT, batch, rows, columns, N, D)
    at, real = batch * N + rows, rows < N
    lse, mu = tl.load(LSE + at, mask=real, other=0.0), tl.load(MU + at, mask=real, other=0.0)
    c, d = tl.load(C + at, mask=real, other=0.0), tl.load(DD + at, mask=real, other=0.0)
    dq, dtq = tl.zeros([BN, D], tl.float32), tl.zeros([BN, D], tl.float32)
    for start in range(0, M, BM):
        keys = start + tl.arange(0, BM)
        k, tk = rows_of(K, batch, keys, columns, M, D), rows_of(TK, batch, keys, columns, M, D)
        v, tv = rows_of(V, batch, keys, columns, M, D), rows_of(TV, batch, keys, columns, M, D)
        inside = (keys[None, :] < M) & real[:, None]
        _, _, ds, du = _scores(q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale, PRECISION)
        ds, du = ds.to(k.dtype), du.to(k.dtype)
        dq += dot(ds, k, PRECISION) + dot(du, tk, PRECISION)
        dtq += dot(du, k, PRECISION)
    put(DQ, dq, batch, rows, columns, N, D)
    put(DTQ, dtq, batch, rows, columns, N, D)


@triton.jit
def _backward_kv(
    Q,
    K,
    V,
    TQ,
    TK,
    TV,
    GO,
    GT,
    LSE,
    MU,
    C,
    DD,
    DK,
    DV,
    DTK,
    DTV,
    N,
    M,
    scale,
    D: tl.constexpr,
    BN: tl.constexpr,
    BM: tl.constexpr,
    PRECISION: tl.constexpr,
):
    batch = tl.program_id(1)
    keys, columns = tl.program_id(0) * BM + tl.arange(0, BM), tl.arange(0, D)
    k, tk = rows_of(K, batch, keys, columns, M, D), rows_of(TK, batch, keys, columns, M, D)
    v, tv = rows_of(V, batch, keys, columns, M, D), rows_of(TV, batch, keys, columns, M, D)
    dk, dv = tl.zeros([BM, D], tl.float32), tl.zeros([BM, D], tl.float32)
    dtk, dtv = tl.zeros([BM, D], tl.float32), tl.zeros([BM, D], tl.float32)
    for start in range(0, N, BN):
        rows = start + tl.arange(0, BN)
        q, tq = rows_of(Q, batch, rows, columns, N, D), rows_of(TQ, batch, rows, columns, N, D)
        go, gt = rows_of(GO, batch, rows, columns, N, D), rows_of(GT, batch, rows, columns, N, D)
        at, real = batch * N + rows, rows < N
        lse, mu = tl.load(LSE + at, mask=real, other=0.0), tl.load(MU + at, mask=real, other=0.0)
        c, d = tl.load(C + at, mask=real, other=0.0), tl.load(DD + at, mask=real, other=0.0)
        inside = (keys[None, :] < M) & real[:, None]
        p, pu, ds, du = _scores(
            q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale, PRECISION
        )
        p, pu = tl.trans(p.to(k.dtype)), tl.trans(pu.to(k.dtype))
        ds, du = tl.trans(ds.to(k.dtype)), tl.trans(du.to(k.dtype))
        dk += dot(ds, q, PRECISION) + dot(du, tq, PRECISION)
        dtk += dot(du, q, PRECISION)
        dv += dot(p, go, PRECISION) + dot(pu, gt, PRECISION)
        dtv += dot(p, gt, PRECISION)
    put(DK, dk, batch, keys, columns, M, D)
    put(DV, dv, batch, keys, columns, M, D)
    put(DTK, dtk, batch, keys, columns, M, D)
    put(DTV, dtv, batch, keys, columns, M, D)


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
    """As `formulas.backward`."""
    b, h, n, d = q.shape
    c = (gt.float() * o.float()).sum(-1)
    total = (go.float() * o.float() + gt.float() * to.float()).sum(-1)
    dq, dk, dv, dtq, dtk, dtv = (torch.empty_like(x) for x in (q, k, v, q, k, v))
    given = (q, k, v, tq, tk, tv, go, gt, lse, mu, c, total)
    rows, keys, warps, stages = tiling(BACKWARD, q)
    sizes = (n, k.shape[2], scale, d, rows, keys, precision(q))
    launch = {"num_warps": warps, "num_stages": stages}
    _backward_q[(triton.cdiv(n, rows), b * h)](*given, dq, dtq, *sizes, **launch)
    _backward_kv[(triton.cdiv(k.shape[2], keys), b * h)](*given, dk, dv, dtk, dtv, *sizes, **launch)
    return dq, dk, dv, dtq, dtk, dtv
