"""A batch as the spec's data: fields in order or by name, their shape and precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from torch import Tensor

from fmdsl.lowering.error import CompileError, bad_batch
from fmdsl.lowering.functions import labels
from fmdsl.semantics.elaborated import Drawn, Elaborated

Batch = Tensor | Sequence[Tensor] | Mapping[str, Tensor]
_LABELS = ("label", "class", "labels")
#: The noise of each example, where they come in pairs: taken by name alone.
_NOISE = "noise"
#: One thing in two shapes: images and vectors. A spec that names one takes the other.
_POINTS = ("pixels", "points")
_PAIRS = "pair them: `fmdsl pairs RUN --out pairs.npz`, then `--data pairs.npz`"


def data_of(spec: Elaborated) -> tuple[Drawn, ...]:
    """The draw lines that take from the data."""
    return tuple(d for d in spec.draws if d.law.name == "data")


def first_of(batch: Batch) -> Tensor:
    """The first field: what gives a batch its size, its shape and its device."""
    if isinstance(batch, Tensor):
        return batch
    values = list(batch.values()) if isinstance(batch, Mapping) else list(batch)
    if not values:
        raise CompileError([bad_batch("the batch is empty", "give at least one field of data")])
    return values[0]


def fields(batch: Batch, data: Sequence[Drawn]) -> dict[str, Tensor]:
    """The drawn quantities that come from the batch, by name.

    A label that the batch lacks is the empty one. Raises CompileError for a missing field
    and for points that are not floating-point.
    """
    found: dict[str, Tensor] = {}
    first_of(batch)
    for drawn in data:
        given = _by_name(batch, drawn) if drawn.law.fields else _in_order(batch)
        for i, name in enumerate(drawn.names):
            label = drawn.law.fields[i] in _LABELS if drawn.law.fields else i > 0
            value = given[i] if i < len(given) else None
            if value is None and _NOISE in drawn.law.fields[i : i + 1]:
                raise CompileError([bad_batch(f"the data have no noise for `{name}`", _PAIRS)])
            found[name] = _checked(name, value, label, batch)
    return found


def _in_order(batch: Batch) -> list[Tensor | None]:
    if isinstance(batch, Tensor):
        return [batch]
    if isinstance(batch, Mapping):
        return [value for name, value in batch.items() if name != _NOISE]
    return list(batch)


def _by_name(batch: Batch, drawn: Drawn) -> list[Tensor | None]:
    if not isinstance(batch, Mapping):
        return _in_order(batch)
    return [_named(batch, field) for field in drawn.law.fields]


def _named(batch: Mapping[str, Tensor], field: str) -> Tensor | None:
    names = (field, *_POINTS) if field in _POINTS else (field,)
    return next((batch[n] for n in names if n in batch), None)


def _checked(name: str, value: Any, label: bool, batch: Batch) -> Tensor:
    if value is None:
        if label:
            return labels(-1, first_of(batch))
        raise CompileError([bad_batch(f"the batch has no field for `{name}`", _told(batch))])
    if label:
        return value if not value.is_floating_point() else value.long()
    if not value.is_floating_point():
        kind = str(value.dtype).removeprefix("torch.")
        message = f"`{name}` is data of type {kind}, not a floating-point tensor"
        raise CompileError([bad_batch(message, "scale it: pixels.float() / 127.5 - 1")])
    return value


def _told(batch: Batch) -> str:
    if isinstance(batch, Mapping):
        return f"its fields are {', '.join(f'`{k}`' for k in batch)}"
    return "a batch is a tensor, a tuple in the order of the draw, or a mapping of named fields"
