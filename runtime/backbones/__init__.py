"""Networks for any signature, one per file: `build("unet", point_shape=..., ...)`."""

from __future__ import annotations

import inspect
from functools import cache
from typing import Any

from fmdsl.catalog import classes as classes_of
from fmdsl.runtime.backbones.backbone import Backbone, BackboneError, feature_shape
from fmdsl.runtime.fault import meant

__all__ = [
    "Backbone",
    "BackboneError",
    "available",
    "build",
    "default_backbone",
    "feature_shape",
]

CONTRACT = frozenset({"self", "point_shape", "inputs", "outputs", "classes"})


@cache
def available() -> dict[str, type[Backbone]]:
    """Every backbone by name: those of this folder and those that joined by entry point."""
    return classes_of(__name__, Backbone, "fmdsl.backbones")


def default_backbone(point_shape: tuple[int, ...], inputs: tuple[str, ...] = ("point",)) -> str:
    """The backbone used when none is named: `mlp` for vectors and heads, else by image size."""
    reads_points = any(kind in ("point", "noise", "tangent", "mean") for kind in inputs)
    if len(point_shape) != 3 or not reads_points or "feature" in inputs:
        return "mlp"
    return "unet" if max(point_shape[1:]) <= 64 else "dit"


def build(
    name: str | None = None,
    *,
    point_shape: tuple[int, ...],
    inputs: tuple[str, ...],
    outputs: int | tuple[str, ...] = 1,
    classes: int | None = None,
    **sizes: Any,
) -> Backbone:
    """A backbone for a signature; `sizes` are its own options (`width=128`, `depth=6`, ...).

    `outputs` are kinds, or how many of the point's shape. Raises BackboneError for an
    unknown name or option, with the nearest known one.
    """
    kinds = ("tangent",) * outputs if isinstance(outputs, int) else tuple(outputs)
    chosen = _lookup(name or default_backbone(point_shape, inputs))
    _check_sizes(chosen, sizes)
    return chosen(
        point_shape=tuple(point_shape),
        inputs=tuple(inputs),
        outputs=kinds,
        classes=classes,
        **sizes,
    )


def _lookup(name: str) -> Any:
    known = available()
    if name not in known:
        raise BackboneError(f"unknown backbone `{name}`", meant(name, list(known)))
    return known[name]


def _check_sizes(chosen: type[Backbone], sizes: dict[str, Any]) -> None:
    options = [p for p in inspect.signature(chosen).parameters if p not in CONTRACT]
    for option in sizes:
        if option not in options:
            raise BackboneError(
                f"backbone `{chosen.name}` has no option `{option}`", meant(option, options)
            )
