"""What a step gives: a loss for each group, and the values that were asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import torch
from torch import Tensor


class Losses(dict[str, Tensor]):
    """A loss per group that ran, each the mean over the batch; `asked` values by name."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: dict[str, Tensor] = {}

    def answer(self, ask: Collection[str], found: Mapping[str, Tensor | float]) -> None:
        """Keep what is asked for and was not answered by an earlier group, without gradient."""
        for name, value in found.items():
            if name in ask and name not in self.asked:
                self.asked[name] = torch.as_tensor(value).detach()
