"""A batch as the spec's data: fields in order or by name, their shape and precision."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
    if isinstance(batch, (tuple, list)) and batch:
        return batch[0]
    values = list(batch.values()) if isinstance(batch, Mapping) else list(batch)
    if not values:
        raise CompileError([bad_batch("the batch is empty", "give at least one field of data")])
    return values[0]


class Fields:
    """What a spec draws from the data: a name, its place in a line, and whether it is a label."""

    def __init__(self, data: Sequence[Drawn]) -> None:
        self.of = tuple(
            (name, i, drawn, _is_label(drawn, i))
            for drawn in data
            for i, name in enumerate(drawn.names)
        )
        #: The first points, which shape the noise; None where there are labels only.
        self.points = next((name for name, _, _, label in self.of if not label), None)

    def __call__(self, batch: Batch) -> dict[str, Tensor]:
        """The drawn quantities that come from a batch, by name.

        A label that the batch lacks is the empty one. Raises CompileError for a missing field
        and for points that are not floating-point.
        """
        found: dict[str, Tensor] = {}
        plain = isinstance(batch, (tuple, list, Tensor))
        ordered = batch if isinstance(batch, (tuple, list)) else _in_order(batch)
        for name, i, drawn, label in self.of:
            given = ordered if plain or not drawn.law.fields else _by_name(batch, drawn)
            value = given[i] if i < len(given) else None
            if value is not None and value.is_floating_point() is not label:
                found[name] = value
            else:
                found[name] = _otherwise(name, value, drawn.law.fields[i : i + 1], label, batch)
        return found


def _is_label(drawn: Drawn, i: int) -> bool:
    return drawn.law.fields[i] in _LABELS if drawn.law.fields else i > 0


def _otherwise(
    name: str, value: Tensor | None, field: tuple[str, ...], label: bool, batch: Batch
) -> Tensor:
    """What stands for a field that is not there, or is of another kind."""
    first_of(batch)
    if value is None and _NOISE in field:
        raise CompileError([bad_batch(f"the data have no noise for `{name}`", _PAIRS)])
    if value is None and label:
        return labels(-1, first_of(batch))
    if value is None:
        raise CompileError([bad_batch(f"the batch has no field for `{name}`", _told(batch))])
    if label:
        return value.long()
    kind = str(value.dtype).removeprefix("torch.")
    message = f"`{name}` is data of type {kind}, not a floating-point tensor"
    raise CompileError([bad_batch(message, "scale it: pixels.float() / 127.5 - 1")])


def _in_order(batch: Batch) -> Sequence[Tensor]:
    if isinstance(batch, Tensor):
        return (batch,)
    if isinstance(batch, Mapping):
        return [value for name, value in batch.items() if name != _NOISE]
    return list(batch)


def _by_name(batch: Batch, drawn: Drawn) -> Sequence[Tensor | None]:
    if not isinstance(batch, Mapping):
        return _in_order(batch)
    return [_named(batch, field) for field in drawn.law.fields]


def _named(batch: Mapping[str, Tensor], field: str) -> Tensor | None:
    names = (field, *_POINTS) if field in _POINTS else (field,)
    return next((batch[n] for n in names if n in batch), None)


def _told(batch: Batch) -> str:
    if isinstance(batch, Mapping):
        return f"its fields are {', '.join(f'`{k}`' for k in batch)}"
    return "a batch is a tensor, a tuple in the order of the draw, or a mapping of named fields"
