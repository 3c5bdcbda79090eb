"""What a way of spreading weights gives a trainer: a loss whose gradient is everyone's."""

from __future__ import annotations

import abc
import contextlib
from typing import Any, ClassVar

from torch import Tensor

from fmdsl.lowering.rng import Random
from fmdsl.runtime.data import Batch


class Spread(abc.ABC):
    """After `loss(...)` and its backward, `.grad` is the mean over all processes.

    Abstract or final: a way is one file with one final subclass.
    """

    #: Whether a process holds a part of each weight only. All of them must then call a net.
    parted: ClassVar[bool] = False

    @abc.abstractmethod
    def loss(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        """The group's mean loss over this process's part of the batch."""

    def averaging(self, group: str, last: bool) -> contextlib.AbstractContextManager[Any]:
        """Entered for a part of an update; gradients may wait for the last one to be averaged."""
        del group, last
        return contextlib.nullcontext()
