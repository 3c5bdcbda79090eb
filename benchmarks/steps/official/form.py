"""The type of an official form: nets and a batch to a loss."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from torch import Tensor, nn

Nets = Mapping[str, nn.Module]
Batch = Mapping[str, Tensor]
Form = Callable[[Nets, Batch], Tensor]
