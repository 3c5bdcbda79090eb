"""Weights from elsewhere: another run's folder, a checkpoint, an exported net."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor

from fmdsl.runtime import checkpoint
from fmdsl.runtime.backbones import available
from fmdsl.runtime.backbones.backbone import SHAPED
from fmdsl.runtime.config import NetChoice
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.packing import apart


@dataclass(frozen=True, slots=True)
class Shape:
    """What a network reads and gives: kinds, and the data they are for."""

    point_shape: tuple[int, ...]
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    classes: int | None

    @classmethod
    def of(cls, told: Mapping[str, Any]) -> Shape:
        """From the mapping that `asdict` gives."""
        point, inputs, outputs = (tuple(told[n]) for n in ("point_shape", "inputs", "outputs"))
        return cls(point, inputs, outputs, told["classes"])

    def takes(self, other: Shape) -> bool:
        """Whether a net of the other shape can stand here: a raw `vector` claims nothing."""
        sizes = (other.point_shape, other.classes) == (self.point_shape, self.classes)
        return sizes and _alike(other.inputs, self.inputs) and _alike(other.outputs, self.outputs)

    def __str__(self) -> str:
        size = "x".join(map(str, self.point_shape))
        labels = f", {self.classes} classes" if self.classes is not None else ""
        return f"({', '.join(self.inputs)}) -> {', '.join(self.outputs)} on {size}{labels}"


@dataclass(frozen=True, slots=True)
class Given:
    """A network's weights, how it was built, and where they come from."""

    choice: NetChoice
    shape: Shape
    weights: dict[str, Tensor]
    path: str


def read_given(path: str, name: str, wanted: Shape) -> Given:
    """The network in `path` that reads and gives what `wanted` says: averaged weights first.

    Raises RunError where there is none, with what there is.
    """
    found = _all_in(Path(path))
    fits = {n: g for n, g in found.items() if wanted.takes(g.shape)} or _converted(found, wanted)
    if not fits:
        had = "; ".join(f"`{n}` {g.shape}" for n, g in found.items())
        raise RunError(
            f"{path} holds no net that reads {wanted}, as `{name}` does; it holds {had}",
            _remedy(found, wanted),
        )
    if name in fits:
        return fits[name]
    if len(fits) > 1:
        raise RunError(
            f"{path} holds several nets like `{name}`: {', '.join(fits)}",
            f"give one: `--init {name}={path}/export/{next(iter(fits))}.safetensors`",
        )
    return next(iter(fits.values()))


def _remedy(found: Mapping[str, Given], wanted: Shape) -> str:
    times = {g.shape.inputs.count("time") for g in found.values()}
    if wanted.inputs.count("time") == 2 and times == {1}:
        return (
            "a net of one time becomes one of two where it is a `dit`: train it with "
            "`--set nets.NET.backbone=dit`"
        )
    return "give a run of a method with such a net, on the same data"


def _converted(found: Mapping[str, Given], wanted: Shape) -> dict[str, Given]:
    """Nets whose weights are also those of a net of the wanted signature, built so."""
    fits: dict[str, Given] = {}
    for name, given in found.items():
        shape, choice = replace(given.shape, inputs=wanted.inputs), given.choice
        if choice.backbone in available() and wanted.takes(shape):
            kind = available()[choice.backbone]
            options = kind.converted(given.shape.inputs, wanted.inputs, choice.options)
            if options is not None:
                fits[name] = replace(given, shape=shape, choice=replace(choice, options=options))
    return fits


def _alike(given: tuple[str, ...], wanted: tuple[str, ...]) -> bool:
    pairs = zip(given, wanted)
    return len(given) == len(wanted) and all(
        g == w or (w == "vector" and g in SHAPED) for g, w in pairs
    )


def export(path: Path, described: dict[str, Any], weights: dict[str, Tensor]) -> None:
    """A network as plain safetensors, with how it was built in the file's header."""
    header = {"fmdsl": json.dumps(described)}
    checkpoint.write_whole(path, save(apart(weights), header), "export")


def _all_in(path: Path) -> dict[str, Given]:
    if path.is_dir():
        folder = path / "checkpoints"
        newest = checkpoint.newest(folder if folder.is_dir() else path)
        if newest is None:
            raise RunError(f"{path} holds no checkpoint", "give the folder of a trained run")
        return _of_checkpoint(newest)
    if not path.exists():
        raise RunError(f"there is no {path}", "give the folder of a trained run, or a checkpoint")
    return _of_export(path) or _of_checkpoint(path)


def _of_checkpoint(path: Path) -> dict[str, Given]:
    state = checkpoint.read(path).state
    return {
        name: Given(
            NetChoice(told["backbone"], told["options"]),
            Shape.of(told["shape"]),
            state["average"].get(name) or state["nets"][name],
            str(path),
        )
        for name, told in state["built"].items()
        if name in state["nets"]
    }


def _of_export(path: Path) -> dict[str, Given]:
    try:
        with safe_open(path, "pt", device="cpu") as file:
            header: dict[str, str] = file.metadata() or {}
            if "fmdsl" not in header:
                return {}
            told = json.loads(header["fmdsl"])
            weights = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError, ValueError) as error:
        raise RunError(f"{path} cannot be read: {error}", "give a run's folder") from None
    choice = NetChoice(told["backbone"], told["options"])
    return {path.stem: Given(choice, Shape.of(told["shape"]), weights, str(path))}


def describe(choice: NetChoice, shape: Shape) -> dict[str, Any]:
    """What a file says of a network, so that it can be built again."""
    return {"backbone": choice.backbone, "options": choice.options, "shape": asdict(shape)}
