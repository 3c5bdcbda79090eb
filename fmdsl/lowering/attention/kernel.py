"""Attention with its tangent, by tiles: one Triton kernel forward, two backward.

The softmax is normalised as it goes; the tangent's sums are rescaled with it. Nothing of
size N² is stored: the backward recomputes the scores from log-sum-exp and μ. With
`TRITON_INTERPRET=1` the kernels run on CPU tensors.
"""
# pyright: basic
# ruff: noqa: N803

from __future__ import annotations

import torch
import triton
import triton.language as tl
from torch import Tensor

from fmdsl.lowering.attention.formulas import Four, Six

TILE = 64


@triton.jit
def _rows(pointer, batch, rows, columns, N, D: tl.constexpr):
    """A tile of a contiguous [B H, N, D] array; zero past its end."""
    places = pointer + (batch * N + rows[:, None]).to(tl.int64) * D + columns[None, :]
    return tl.load(places, mask=rows[:, None] < N, other=0.0)


@triton.jit
def _put(pointer, value, batch, rows, columns, N, D: tl.constexpr):
    places = pointer + (batch * N + rows[:, None]).to(tl.int64) * D + columns[None, :]
    tl.store(places, value.to(pointer.dtype.element_ty), mask=rows[:, None] < N)


@triton.jit
def _dot(a, b, PRECISION: tl.constexpr):
    return tl.dot(a, b, input_precision=PRECISION)


@triton.jit
def _forward(Q, K, V, TQ, TK, TV, O, TO, LSE, MU, N, M, scale,
             D: tl.constexpr, BN: tl.constexpr, BM: tl.constexpr, PRECISION: tl.constexpr):
    batch = tl.program_id(1)
    rows, columns = tl.program_id(0) * BN + tl.arange(0, BN), tl.arange(0, D)
    q, tq = _rows(Q, batch, rows, columns, N, D), _rows(TQ, batch, rows, columns, N, D)
    top = tl.full([BN], float("-inf"), tl.float32)
    total, mu = tl.zeros([BN], tl.float32), tl.zeros([BN], tl.float32)
    acc, tacc = tl.zeros([BN, D], tl.float32), tl.zeros([BN, D], tl.float32)
    for start in range(0, M, BM):
        keys = start + tl.arange(0, BM)
        k, tk = _rows(K, batch, keys, columns, M, D), _rows(TK, batch, keys, columns, M, D)
        v, tv = _rows(V, batch, keys, columns, M, D), _rows(TV, batch, keys, columns, M, D)
        s = _dot(q, tl.trans(k), PRECISION) * scale
        s = tl.where(keys[None, :] < M, s, float("-inf"))
        u = (_dot(tq, tl.trans(k), PRECISION) + _dot(q, tl.trans(tk), PRECISION)) * scale
        higher = tl.maximum(top, tl.max(s, 1))
        shrink, p = tl.exp(top - higher), tl.exp(s - higher[:, None])
        pu, top = p * u, higher
        total, mu = total * shrink + tl.sum(p, 1), mu * shrink + tl.sum(pu, 1)
        p, pu = p.to(v.dtype), pu.to(v.dtype)
        acc = acc * shrink[:, None] + _dot(p, v, PRECISION)
        tacc = tacc * shrink[:, None] + _dot(pu, v, PRECISION) + _dot(p, tv, PRECISION)
    mu = mu / total
    out = acc / total[:, None]
    _put(O, out, batch, rows, columns, N, D)
    _put(TO, tacc / total[:, None] - mu[:, None] * out, batch, rows, columns, N, D)
    tl.store(LSE + batch * N + rows, top + tl.log(total), mask=rows < N)
    tl.store(MU + batch * N + rows, mu, mask=rows < N)


@triton.jit
def _scores(q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale, PRECISION: tl.constexpr):
    """(P, P u, dS, dU) of a tile, with u centred."""
    s = _dot(q, tl.trans(k), PRECISION) * scale
    p = tl.where(inside, tl.exp(s - lse[:, None]), 0.0)
    u = (_dot(tq, tl.trans(k), PRECISION) + _dot(q, tl.trans(tk), PRECISION)) * scale - mu[:, None]
    g = _dot(gt, tl.trans(v), PRECISION) - c[:, None]
    f = _dot(go, tl.trans(v), PRECISION) + _dot(gt, tl.trans(tv), PRECISION)
    return p, p * u, p * (f + g * u - d[:, None]) * scale, p * g * scale


@triton.jit
def _backward_q(Q, K, V, TQ, TK, TV, GO, GT, LSE, MU, C, DD, DQ, DTQ, N, M, scale,
                D: tl.constexpr, BN: tl.constexpr, BM: tl.constexpr, PRECISION: tl.constexpr):
    batch = tl.program_id(1)
    rows, columns = tl.program_id(0) * BN + tl.arange(0, BN), tl.arange(0, D)
    q, tq = _rows(Q, batch, rows, columns, N, D), _rows(TQ, batch, rows, columns, N, D)
    go, gt = _rows(GO, batch, rows, columns, N, D), _rows(GT, batch, rows, columns, N, D)
    at, real = batch * N + rows, rows < N
    lse, mu = tl.load(LSE + at, mask=real, other=0.0), tl.load(MU + at, mask=real, other=0.0)
    c, d = tl.load(C + at, mask=real, other=0.0), tl.load(DD + at, mask=real, other=0.0)
    dq, dtq = tl.zeros([BN, D], tl.float32), tl.zeros([BN, D], tl.float32)
    for start in range(0, M, BM):
        keys = start + tl.arange(0, BM)
        k, tk = _rows(K, batch, keys, columns, M, D), _rows(TK, batch, keys, columns, M, D)
        v, tv = _rows(V, batch, keys, columns, M, D), _rows(TV, batch, keys, columns, M, D)
        inside = (keys[None, :] < M) & real[:, None]
        _, _, ds, du = _scores(q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale,
                               PRECISION)
        ds, du = ds.to(k.dtype), du.to(k.dtype)
        dq += _dot(ds, k, PRECISION) + _dot(du, tk, PRECISION)
        dtq += _dot(du, k, PRECISION)
    _put(DQ, dq, batch, rows, columns, N, D)
    _put(DTQ, dtq, batch, rows, columns, N, D)


@triton.jit
def _backward_kv(Q, K, V, TQ, TK, TV, GO, GT, LSE, MU, C, DD, DK, DV, DTK, DTV, N, M, scale,
                 D: tl.constexpr, BN: tl.constexpr, BM: tl.constexpr, PRECISION: tl.constexpr):
    batch = tl.program_id(1)
    keys, columns = tl.program_id(0) * BM + tl.arange(0, BM), tl.arange(0, D)
    k, tk = _rows(K, batch, keys, columns, M, D), _rows(TK, batch, keys, columns, M, D)
    v, tv = _rows(V, batch, keys, columns, M, D), _rows(TV, batch, keys, columns, M, D)
    dk, dv = tl.zeros([BM, D], tl.float32), tl.zeros([BM, D], tl.float32)
    dtk, dtv = tl.zeros([BM, D], tl.float32), tl.zeros([BM, D], tl.float32)
    for start in range(0, N, BN):
        rows = start + tl.arange(0, BN)
        q, tq = _rows(Q, batch, rows, columns, N, D), _rows(TQ, batch, rows, columns, N, D)
        go, gt = _rows(GO, batch, rows, columns, N, D), _rows(GT, batch, rows, columns, N, D)
        at, real = batch * N + rows, rows < N
        lse, mu = tl.load(LSE + at, mask=real, other=0.0), tl.load(MU + at, mask=real, other=0.0)
        c, d = tl.load(C + at, mask=real, other=0.0), tl.load(DD + at, mask=real, other=0.0)
        inside = (keys[None, :] < M) & real[:, None]
        p, pu, ds, du = _scores(q, k, v, tq, tk, tv, go, gt, lse, mu, c, d, inside, scale,
                                PRECISION)
        p, pu = tl.trans(p.to(k.dtype)), tl.trans(pu.to(k.dtype))
        ds, du = tl.trans(ds.to(k.dtype)), tl.trans(du.to(k.dtype))
        dk += _dot(ds, q, PRECISION) + _dot(du, tq, PRECISION)
        dtk += _dot(du, q, PRECISION)
        dv += _dot(p, go, PRECISION) + _dot(pu, gt, PRECISION)
        dtv += _dot(p, gt, PRECISION)
    _put(DK, dk, batch, keys, columns, M, D)
    _put(DV, dv, batch, keys, columns, M, D)
    _put(DTK, dtk, batch, keys, columns, M, D)
    _put(DTV, dtv, batch, keys, columns, M, D)


def forward(q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor,
            scale: float) -> Four:
    """As `formulas.forward`, for contiguous arrays with a head size that is a power of two."""
    b, h, n, d = q.shape
    o, to = torch.empty_like(q), torch.empty_like(q)
    lse, mu = (torch.empty(b, h, n, device=q.device, dtype=torch.float32) for _ in range(2))
    _forward[(triton.cdiv(n, TILE), b * h)](
        q, k, v, tq, tk, tv, o, to, lse, mu, n, k.shape[2], scale, d, TILE, _narrow(d),
        _precision(q), num_warps=4 if d <= 64 else 8, num_stages=2)
    return o, to, lse, mu


def backward(q: Tensor, k: Tensor, v: Tensor, tq: Tensor, tk: Tensor, tv: Tensor, o: Tensor,
             to: Tensor, lse: Tensor, mu: Tensor, go: Tensor, gt: Tensor, scale: float) -> Six:
    """As `formulas.backward`."""
    b, h, n, d = q.shape
    m, side = k.shape[2], _narrow(d)
    c = (gt.float() * o.float()).sum(-1)
    total = (go.float() * o.float() + gt.float() * to.float()).sum(-1)
    dq, dk, dv, dtq, dtk, dtv = (torch.empty_like(x) for x in (q, k, v, q, k, v))
    given = (q, k, v, tq, tk, tv, go, gt, lse, mu, c, total)
    sizes = (n, m, scale, d, side, side, _precision(q))
    warps = {"num_warps": 4, "num_stages": 1}
    _backward_q[(triton.cdiv(n, side), b * h)](*given, dq, dtq, *sizes, **warps)
    _backward_kv[(triton.cdiv(m, side), b * h)](*given, dk, dv, dtk, dtv, *sizes, **warps)
    return dq, dk, dv, dtq, dtk, dtv


def _narrow(d: int) -> int:
    return 64 if d <= 64 else 32


def _precision(q: Tensor) -> str:
    """Float32 in full: its rounding to tf32 would be larger than a tangent's error."""
    return "ieee" if q.dtype == torch.float32 else "tf32"
