"""What a data set is: named fields of examples, a shape, and a part that is held out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, final

import torch
from torch import Tensor

from fmdsl.runtime.fault import RunError

Batch = dict[str, Tensor]


class DataError(RunError):
    """Data that cannot be trained on, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Source:
    """A kind of data, one per file: `load(**options)` makes a `Data`.

    `reads` says whether a path is of this kind; such a source's `load` takes the path first.
    """

    name: str
    about: str
    load: Callable[..., Data]
    reads: Callable[[Path], bool] | None = None


class Data(ABC):
    """Examples of a law: a batch is a dict of fields, the points first.

    `point_shape` is the shape of one point, `classes` the number of labels or None, and
    `length` the number of training examples, None where fresh ones are drawn for ever.
    """

    name: str
    classes: int | None
    class_names: tuple[str, ...]

    @property
    @abstractmethod
    def point_shape(self) -> tuple[int, ...]: ...

    @property
    @abstractmethod
    def length(self) -> int | None: ...

    @abstractmethod
    def take(self, indices: Tensor) -> Batch:
        """The training examples at `indices`; only where `length` is known."""

    @abstractmethod
    def draw(self, count: int, generator: torch.Generator) -> Batch:
        """Training examples at random, with replacement."""

    @property
    @abstractmethod
    def held_out(self) -> Batch:
        """Examples of the same law that training never sees."""

    @property
    @abstractmethod
    def fields(self) -> tuple[str, ...]:
        """The names of a batch's fields, in the order in which `x, c: data` takes them."""

    @property
    def is_image(self) -> bool:
        return len(self.point_shape) == 3

    def points(self, count: int, seed: int = 0, *, held_out: bool = False) -> Tensor:
        """`count` points to compare samples with: training points, or held-out ones.

        At most as many as there are, without repetition, in an order fixed by `seed`.
        """
        generator = torch.Generator().manual_seed(seed)
        pool = self.held_out if held_out else self._pool(count, generator)
        x = pool[self.fields[0]]
        return x[torch.randperm(len(x), generator=generator)[:count]]

    def labels(self, count: int) -> Tensor | None:
        """Every class in turn, `[count]` int64, or None where there are none."""
        return None if self.classes is None else torch.arange(count) % self.classes

    def _pool(self, count: int, generator: torch.Generator) -> Batch:
        if self.length is None:
            return self.draw(count, generator)
        chosen = torch.randperm(self.length, generator=generator)[:count]
        return self.take(chosen)


@final
@dataclass(frozen=True, slots=True, eq=False)
class Examples(Data):
    """A finite data set in memory. Fields of type uint8 are pixels, scaled to [-1, 1]."""

    name: str
    train: Batch
    test: Batch
    classes: int | None = None
    class_names: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return tuple(self.train)

    @property
    def point_shape(self) -> tuple[int, ...]:
        return tuple(self.train[self.fields[0]].shape[1:])

    @property
    def length(self) -> int:
        return len(self.train[self.fields[0]])

    @property
    def held_out(self) -> Batch:
        return {name: _read(value) for name, value in self.test.items()}

    def take(self, indices: Tensor) -> Batch:
        return {name: _read(value[indices]) for name, value in self.train.items()}

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        return self.take(torch.randint(self.length, (count,), generator=generator))


Sampler = Callable[[int, torch.Generator], Batch]


@final
@dataclass(frozen=True, slots=True, eq=False)
class Density(Data):
    """A law that is drawn from without end; `log_prob` where it is known, points `[N, D]`."""

    name: str
    sampler: Sampler
    dimension: int
    classes: int | None = None
    log_prob: Callable[[Tensor], Tensor] | None = None
    truth: Mapping[str, Any] = field(default_factory=dict[str, Any])
    class_names: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        return ("points",) if self.classes is None else ("points", "label")

    @property
    def point_shape(self) -> tuple[int, ...]:
        return (self.dimension,)

    @property
    def length(self) -> None:
        return None

    @property
    def held_out(self) -> Batch:
        return self.sampler(4096, torch.Generator().manual_seed(HELD_OUT_SEED))

    def take(self, indices: Tensor) -> Batch:
        raise DataError(f"`{self.name}` has no numbered examples", "draw from it instead")

    def draw(self, count: int, generator: torch.Generator) -> Batch:
        return self.sampler(count, generator)


HELD_OUT_SEED = 1797
"""Seeds every split into training and held-out examples, and every held-out draw."""


def split(fields: Batch, held_out: float, seed: int = HELD_OUT_SEED) -> tuple[Batch, Batch]:
    """Training and held-out examples, disjoint, by a permutation that `seed` fixes."""
    count = len(next(iter(fields.values())))
    rest = count - round(count * held_out)
    if not 0 < rest < count:
        raise DataError(
            f"{count} examples cannot be split with a share of {held_out} held out",
            "give more examples, or a `held_out` strictly between 0 and 1",
        )
    order = torch.randperm(count, generator=torch.Generator().manual_seed(seed))
    train = {name: value[order[:rest]] for name, value in fields.items()}
    return train, {name: value[order[rest:]] for name, value in fields.items()}


def _read(value: Tensor) -> Tensor:
    return value.float() / 127.5 - 1 if value.dtype == torch.uint8 else value
