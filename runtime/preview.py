"""A spec compiled over small networks that nothing was trained in, to look at the program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.compiler import checked, compile
from fmdsl.lowering.program import Program
from fmdsl.runtime.backbones import build, feature_shape
from fmdsl.runtime.data import load
from fmdsl.runtime.shapes import shape_of, tap
from fmdsl.semantics.elaborated import Elaborated

#: Sizes that make a backbone quick to build.
SMALL: dict[str, dict[str, Any]] = {
    "mlp": {"width": 16, "depth": 2},
    "unet": {"channels": 8},
    "dit": {"width": 16, "depth": 2, "heads": 2},
}


def preview(
    spec: str, data: str = "digits", derivative: str = "auto", settings: Mapping[str, Any] = {}
) -> Program:
    """The program of a spec on small default backbones of the data's shape; teachers too."""
    e = checked(spec, settings)
    nets = small_nets(e, data)
    return compile(e.spec, nets=nets, settings=settings, derivative=derivative)


def few(data: str = "digits", rows: int = 16) -> dict[str, Tensor]:
    """A few examples of the data."""
    return load(data).draw(rows, torch.Generator().manual_seed(0))


def small_nets(e: Elaborated, data: str = "digits") -> dict[str, nn.Module]:
    """A small default backbone for every weight set."""
    examples, made = load(data), dict[str, nn.Module]()

    def small(name: str) -> nn.Module:
        if name not in made:
            shape, seen = shape_of(e, name, examples), tap(e, name)
            options = _size(shape.point_shape, shape.inputs)
            if seen is not None:
                options["feature_shape"] = feature_shape(small(seen[0]), seen[1])  # type: ignore[arg-type]
            made[name] = build(
                point_shape=shape.point_shape, inputs=shape.inputs, outputs=shape.outputs,
                classes=shape.classes, **options,
            )  # fmt: skip
        return made[name]

    return {name: small(name) for name in e.weights}


def _size(point_shape: tuple[int, ...], inputs: tuple[str, ...]) -> dict[str, Any]:
    from fmdsl.runtime.backbones import default_backbone

    return dict(SMALL.get(default_backbone(point_shape, inputs), {}))
