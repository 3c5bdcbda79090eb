"""One process or many under torchrun: who writes, who draws what, when all stop."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from fmdsl.runtime.fault import RunError


@dataclass(frozen=True, slots=True)
class Processes:
    """This process among `world`; rank 0 writes. Alone, every method does nothing."""

    rank: int = 0
    world: int = 1

    @classmethod
    def join(cls, device: torch.device) -> Processes:
        """The group that torchrun started, or this process alone; each computes on `device`."""
        world = int(os.environ.get("WORLD_SIZE", "1"))
        if world == 1:
            return cls()
        if not dist.is_initialized():
            cuda = device.type == "cuda"
            # Told of its device, nccl need not guess, and warn, at the first barrier.
            dist.init_process_group("nccl" if cuda else "gloo", device_id=device if cuda else None)
        return cls(dist.get_rank(), world)

    @property
    def launch(self) -> list[str]:
        """The words that start as many processes, before `fmdsl`."""
        here = int(os.environ.get("LOCAL_WORLD_SIZE", self.world))
        nodes = ["--nnodes", str(self.world // here)] if here < self.world else []
        several = ["torchrun", *nodes, "--nproc-per-node", str(here), "-m"]
        return several if self.world > 1 else []

    @property
    def writes(self) -> bool:
        return self.rank == 0

    def agree(self, seconds: float, stop: bool) -> tuple[float, bool]:
        """Rank 0's clock, and whether any process was asked to stop: the same for all."""
        if self.world == 1:
            return seconds, stop
        told = torch.tensor([seconds if self.rank == 0 else 0.0, float(stop)], dtype=torch.float64)
        told = told.to(_where())
        dist.all_reduce(told, dist.ReduceOp.MAX)
        return float(told[0]), bool(told[1])

    def mean(self, value: Tensor) -> Tensor:
        """The mean of every rank's number; not finite where one of them is not."""
        if self.world == 1:
            return value
        total = value.clone()
        dist.all_reduce(total)
        return total / self.world

    def gather(self, value: Any) -> list[Any]:
        """Every rank's value, in order, on every rank."""
        if self.world == 1:
            return [value]
        found: list[Any] = [None] * self.world
        dist.all_gather_object(found, value)
        # Gloo's thread needs the interpreter to let go of what it gathered; a process that left
        # at once would hold the interpreter and join that thread, for ever.
        self.wait()
        return found

    def wait(self) -> None:
        """Until every process is here."""
        if self.world > 1:
            dist.barrier()

    def leave(self) -> None:
        """Part from the others; after a collective of one's own `wait` first, see `gather`."""
        if self.world > 1 and dist.is_initialized():
            dist.destroy_process_group()

    def share(self, batch: int, parts: int) -> int:
        """How many of a batch's examples one process takes in one part of an update."""
        each, left = divmod(batch, self.world * parts)
        if left or not each:
            raise RunError(
                f"a batch of {batch} cannot be split over {self.world} processes "
                f"in {parts} parts each",
                f"give a batch that {self.world * parts} divides",
            )
        return each


def local_rank() -> int:
    """The place of this process among those of its machine."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def is_writer() -> bool:
    """Whether this process, of those that torchrun started, is the one that writes."""
    return os.environ.get("RANK", "0") == "0"


def _where() -> torch.device:
    return torch.device("cuda" if dist.get_backend() == "nccl" else "cpu")
