"""Self-attention in plain operations, so that every derivative of it exists."""

from __future__ import annotations

from torch import Tensor, nn

from fmdsl.runtime.backbones.embedding import zero
from fmdsl.runtime.backbones.norm import LayerNorm


class Attention(nn.Module):
    """`[B, N, C] -> [B, N, C]`: softmax attention of `heads` heads with normalised q and k.

    Fused kernels have no forward mode and no second derivative; these five lines have both.
    """

    def __init__(self, width: int, heads: int, *, from_zero: bool = False) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width)
        self.q_norm = LayerNorm(width // heads, affine=True)
        self.k_norm = LayerNorm(width // heads, affine=True)
        self.write = nn.Linear(width, width)
        if from_zero:
            zero(self.write)

    def forward(self, x: Tensor) -> Tensor:
        q, k, v = self.qkv(x).unflatten(-1, (3, self.heads, -1)).permute(2, 0, 3, 1, 4)
        q, k = self.q_norm(q), self.k_norm(k)
        weight = (q @ k.transpose(-1, -2) * q.shape[-1] ** -0.5).softmax(-1)
        return self.write((weight @ v).transpose(1, 2).flatten(2))
