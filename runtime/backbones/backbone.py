"""What every backbone promises: one constructor, positional inputs, named layers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from math import prod
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from fmdsl.runtime.fault import RunError, meant

STATES = frozenset({"point", "noise", "tangent", "mean", "vector", "covector", "feature"})
NUMBERS = frozenset({"time", "scalar", "logit"})
SHAPED = STATES - {"feature"}
FLAT = frozenset({"scalar", "logit"})


class BackboneError(RunError):
    """A network that cannot be built or called so, and what to do about it."""


@dataclass(frozen=True, slots=True)
class Signature:
    """The kinds a net reads and gives, in order, with the shapes that go with them."""

    point_shape: tuple[int, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    classes: int | None
    feature_shape: tuple[int, ...] | None = None

    def __post_init__(self) -> None:
        for kind in self.inputs:
            if kind not in STATES | NUMBERS | {"label"}:
                raise BackboneError(f"no backbone reads a `{kind}`", _known(STATES | NUMBERS))
        for kind in self.outputs:
            if kind not in SHAPED | FLAT:
                raise BackboneError(f"no backbone gives a `{kind}`", _known(SHAPED | FLAT))
        if "label" in self.inputs and self.classes is None:
            raise BackboneError(
                "the net reads a label, but the data has no classes",
                "use data with labels, or leave `label` out of the net's signature",
            )
        if "feature" in self.inputs and self.feature_shape is None:
            raise BackboneError(
                "the net reads a feature of unknown shape",
                "give `feature_shape`, e.g. `feature_shape(source, 'mid', ...)`",
            )

    @property
    def states(self) -> tuple[str, ...]:
        return tuple(kind for kind in self.inputs if kind in STATES)

    @property
    def shaped(self) -> int:
        """How many outputs have the shape of a point."""
        return sum(kind in SHAPED for kind in self.outputs)

    @property
    def flat(self) -> int:
        """How many outputs are one number per example."""
        return len(self.outputs) - self.shaped

    def shape(self, kind: str) -> tuple[int, ...]:
        if kind == "feature":
            assert self.feature_shape is not None
            return self.feature_shape
        return self.point_shape

    @property
    def size(self) -> int:
        return prod(self.point_shape)

    def arrange(self, shaped: Sequence[Tensor], flat: Sequence[Tensor]) -> Any:
        """The outputs in the signature's order; a single one stands alone."""
        images, numbers = iter(shaped), iter(flat)
        values = tuple(next(images) if k in SHAPED else next(numbers) for k in self.outputs)
        return values[0] if len(values) == 1 else values


class Backbone(nn.Module, ABC):
    """A network for any signature: `Backbone(point_shape=, inputs=, outputs=, classes=)`.

    `inputs` and `outputs` are kinds in the signature's order; `forward` takes exactly
    these, positionally: states `[B, ...]`, times and scalars `[B]`, labels `[B]` int64
    (`classes` itself is the null label). Shaped outputs look like a point; `logit` and
    `scalar` are `[B]`; several outputs come as a tuple. Forward mode, double backward
    and float64 are supported. Raises BackboneError with a remedy.
    """

    name: ClassVar[str]
    signature: Signature

    @property
    @abstractmethod
    def places(self) -> dict[str, str]:
        """Each layer's name and the submodule whose output it is, in forward order."""

    @abstractmethod
    def forward(self, *inputs: Tensor) -> Any: ...

    @classmethod
    def converted(
        cls, inputs: tuple[str, ...], wanted: tuple[str, ...], options: dict[str, Any]
    ) -> dict[str, Any] | None:
        """Options with which the weights of a net of `inputs` serve `wanted`; None if none do."""
        del inputs, wanted, options
        return None

    @property
    def layers(self) -> tuple[str, ...]:
        """The names that `features(net, layer=NAME)` accepts; `mid` is the middle."""
        return tuple(self.places)

    def layer(self, name: str | int) -> str:
        """The submodule of a layer: a name of `layers`, or a number in forward order."""
        paths = list(dict.fromkeys(self.places.values()))
        if isinstance(name, int):
            if 0 <= name < len(paths):
                return paths[name]
        elif name in self.places:
            return self.places[name]
        raise BackboneError(
            f"`{self.name}` has no layer `{name}`", meant(str(name), list(self.layers))
        )

    def example(self, batch: int = 2) -> tuple[Tensor, ...]:
        """Inputs of the right shapes, for a dry run: times, labels and states are zero."""
        like = next(self.parameters())
        return tuple(
            torch.zeros(batch, dtype=torch.int64, device=like.device)
            if kind == "label"
            else like.new_zeros((batch, *(self.signature.shape(kind) if kind in STATES else ())))
            for kind in self.signature.inputs
        )


def feature_shape(net: Backbone, layer: str | int = "mid") -> tuple[int, ...]:
    """The shape, without the batch, of what a layer gives: one dry run with a hook."""
    seen: list[tuple[int, ...]] = []
    place = net.get_submodule(net.layer(layer))
    hook = place.register_forward_hook(lambda _m, _i, out: seen.append(tuple(out.shape[1:])))
    try:
        with torch.no_grad():
            net(*net.example())
    finally:
        hook.remove()
    return seen[0]


def _known(kinds: frozenset[str]) -> str:
    return f"one of {', '.join(sorted(kinds))}"
