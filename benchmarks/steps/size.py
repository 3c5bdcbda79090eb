"""How large a measured net is, where it runs, and in what precision."""

from __future__ import annotations

from dataclasses import dataclass

import torch

#: What `--size` names: the reference's setting on a CPU, and DiT-B/2 of 256 tokens.
SIZES: dict[str, dict[str, int | str]] = {
    "cpu": {"net": "dit", "width": 256, "depth": 6, "tokens": 64, "batch": 16},
    "b2": {"net": "dit", "width": 768, "depth": 12, "tokens": 256, "batch": 64},
    "mlp": {"net": "mlp", "width": 1024, "depth": 7, "tokens": 4, "batch": 512},
}
#: Numbers per token: a patch of 2 x 2 with four channels.
PATCH = 16
CLASSES = 10


@dataclass(frozen=True, slots=True)
class Size:
    """A net (`dit` or `mlp`) and one batch of it: x[batch, tokens, 16], label[batch].

    half: nets run in bfloat16 by autocast. fused: attention is torch's one call.
    """

    net: str
    width: int
    depth: int
    tokens: int
    batch: int
    device: str = "cpu"
    half: bool = False
    fused: bool = False

    @property
    def heads(self) -> int:
        return max(1, self.width // 64)

    @property
    def attention(self) -> float:
        """The share of attention in the matrix products of a forward."""
        if self.net == "mlp":
            return 0.0
        return self.tokens / (6 * self.width + self.tokens)

    @property
    def told(self) -> dict[str, int | str]:
        """The numbers that a reader wants."""
        names = ("net", "width", "depth", "tokens", "batch")
        return {name: getattr(self, name) for name in names}

    def data(self) -> dict[str, torch.Tensor]:
        """One batch, by the names that the specs' data have."""
        label = torch.randint(0, CLASSES, (self.batch,), device=self.device)
        x = torch.randn(self.batch, self.tokens, PATCH, device=self.device)
        return {"pixels": x, "label": label}
