"""Batches without end, from a position that can be written down and returned to."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from fmdsl.runtime.data.data import Batch, Data, DataError


class Loader(Iterator[Batch]):
    """Batches of `batch` examples for ever, each epoch in an order fixed by `seed`.

    The position is `(epoch, offset)` and the same on every rank; each of `world` ranks sees
    its own part of each epoch, disjoint from the others. After `load_state_dict` the batches
    go on bit for bit. `batch` is per rank; a batch may span the end of an epoch. A
    law without end is drawn afresh: then `epoch` counts batches.
    """

    def __init__(
        self, data: Data, batch: int, *, seed: int = 0, rank: int = 0, world: int = 1
    ) -> None:
        if batch < 1 or not 0 <= rank < world:
            raise DataError(
                f"no batches of {batch} for rank {rank} of {world}",
                "batch >= 1 and 0 <= rank < world",
            )
        if data.length is not None and data.length < world:
            raise DataError(
                f"`{data.name}` has {data.length} examples for {world} processes",
                "run fewer processes, or give more examples",
            )
        self.data, self.batch, self.seed, self.rank, self.world = data, batch, seed, rank, world
        self.epoch = 0
        self.offset = 0
        self._order: tuple[int, Tensor] | None = None

    def __next__(self) -> Batch:
        if self.data.length is None:
            generator = _generator(self.seed, self.epoch, self.rank)
            self.epoch += 1
            return self.data.draw(self.batch, generator)
        return self.data.take(self._indices())

    def state_dict(self) -> dict[str, int]:
        """Where the loader stands, in numbers."""
        place = {"seed": self.seed, "epoch": self.epoch, "offset": self.offset}
        return place | {"world": self.world}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Stand where `state` says; the next batch is the one that would have come next.

        With another number of ranks, as many of the epoch's examples are over.
        """
        self.seed, self.epoch = state["seed"], state["epoch"]
        self.offset = state["offset"] * state.get("world", self.world) // self.world
        self._order = None

    def _indices(self) -> Tensor:
        parts: list[Tensor] = []
        missing = self.batch
        while missing:
            part = self._shard()[self.offset : self.offset + missing]
            parts.append(part)
            missing -= len(part)
            self.offset += len(part)
            if self.offset == len(self._shard()):
                self.epoch, self.offset = self.epoch + 1, 0
        return torch.cat(parts)

    def _shard(self) -> Tensor:
        """This rank's examples of this epoch, as many as every other rank's."""
        if self._order is None or self._order[0] != self.epoch:
            assert self.data.length is not None
            order = torch.randperm(self.data.length, generator=_generator(self.seed, self.epoch))
            even = self.data.length // self.world * self.world
            self._order = (self.epoch, order[:even][self.rank :: self.world])
        return self._order[1]


def _generator(*numbers: int) -> torch.Generator:
    """A generator seeded by all of `numbers`: neighbouring seeds give unrelated streams."""
    seed = 0
    for number in numbers:
        seed = (seed * 6364136223846793005 + number + 1442695040888963407) % 2**63
    return torch.Generator().manual_seed(seed)
