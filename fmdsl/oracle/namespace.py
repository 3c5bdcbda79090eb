"""Torch as the array library of the operators: its functions take plain numbers too."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

#: Closed forms are compared to twelve digits.
DTYPE = torch.float64


def tensor(value: Any) -> Tensor:
    """A number as a tensor; a tensor as it is."""
    return value if isinstance(value, Tensor) else torch.as_tensor(value, dtype=DTYPE)


class _Namespace:
    def __getattr__(self, name: str) -> Any:
        function = getattr(torch, name)
        return lambda *args: function(*map(tensor, args))

    @staticmethod
    def clip(a: Any, low: float, high: float) -> Tensor:
        return torch.clamp(tensor(a), low, high)


XP: Any = _Namespace()


def wide(number: Any, like: Tensor) -> Any:
    """A number per example, `[B]`, shaped to meet a state `[B, n]`."""
    if not isinstance(number, Tensor) or number.ndim == 0:
        return number
    return number.reshape(number.shape + (1,) * (like.ndim - number.ndim))
