"""The networks of a spec: built for its signatures, started from what the run was given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from torch import Tensor, nn

from fmdsl.runtime.backbones import build, feature_shape
from fmdsl.runtime.config import Config, NetChoice
from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import ConfigError, RunError, meant
from fmdsl.runtime.given import Given, Shape, describe, read_given
from fmdsl.runtime.shapes import GIVEN, own_time, shape_of, tap
from fmdsl.runtime.teachers import method_for
from fmdsl.semantics.elaborated import Elaborated, Output


@dataclass(frozen=True, slots=True)
class Nets:
    """One network per weight set, with the backbone and sizes each was built with."""

    modules: dict[str, nn.Module]
    choices: dict[str, NetChoice]
    shapes: dict[str, Shape]

    def described(self) -> dict[str, dict[str, Any]]:
        """What another run needs to build the same networks."""
        return {name: describe(c, self.shapes[name]) for name, c in self.choices.items()}


def build_nets(e: Elaborated, config: Config, data: Data) -> Nets:
    """Networks for every weight set: sizes from the config, weights from `init` and `start`.

    Raises ConfigError for a net that the spec does not have, RunError for a teacher that was
    not given, BackboneError for a signature no backbone reads.
    """
    _check_names(e, config)
    shapes = {name: shape_of(e, name, data) for name in e.weights}
    given = {name: read_given(path, name, shapes[name]) for name, path in config.init.items()}
    _check_given(e, config, shapes, given, data)
    made = Nets({}, {}, shapes)
    for name in e.weights:
        _build(name, e, config, given, made)
    _start(e, given, made)
    return made


def rebuild_nets(described: dict[str, dict[str, Any]]) -> Nets:
    """The networks that `Nets.described` speaks of, their weights not yet loaded."""
    made = Nets({}, {}, {})
    for name, told in described.items():
        shape = Shape.of(told["shape"])
        made.shapes[name] = shape
        made.choices[name] = NetChoice(told["backbone"], told["options"])
        made.modules[name] = _module(made.choices[name], shape)
    return made


def load_weights(module: nn.Module, weights: dict[str, Tensor], name: str, source: str) -> None:
    """Puts weights into a network. Raises RunError where they do not fit."""
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        first = str(error).splitlines()[-1].strip()
        raise RunError(
            f"the weights of `{name}` from {source} do not fit: {first}",
            f"build `{name}` as they were: leave `nets.{name}` out of the config",
        ) from None


def _build(name: str, e: Elaborated, config: Config, given: dict[str, Given], made: Nets) -> None:
    if name in made.modules:
        return
    start, source = e.weights[name].start, None
    for origin in (name, start):
        source = source or (given.get(origin) if origin else None)
    choice = config.nets.get(name) or (source.choice if source else NetChoice())
    extra = dict[str, Any]()
    seen = tap(e, name)
    if seen is not None and "feature_shape" not in choice.options:
        _build(seen[0], e, config, given, made)
        extra["feature_shape"] = list(feature_shape(made.modules[seen[0]], seen[1]))  # type: ignore[arg-type]
    if "encoder" in choice.options:
        extra["own"] = own_time(e, name)
    whole = replace(choice, options={**choice.options, **extra})
    module = _module(whole, made.shapes[name])
    backbone = choice.backbone or getattr(module, "name", None)
    made.modules[name] = module
    made.choices[name] = replace(whole, backbone=backbone)


def _module(choice: NetChoice, shape: Shape) -> nn.Module:
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in choice.options.items()}
    return build(
        choice.backbone,
        point_shape=shape.point_shape,
        inputs=shape.inputs,
        outputs=shape.outputs,
        classes=shape.classes,
        **options,
    )


def _start(e: Elaborated, given: dict[str, Given], made: Nets) -> None:
    """Given weights first, then the nets that start from others."""
    for name, source in given.items():
        load_weights(made.modules[name], source.weights, name, source.path)
    for name, output in e.weights.items():
        if output.start and name not in given and output.start in made.modules:
            weights = made.modules[output.start].state_dict()
            load_weights(made.modules[name], weights, name, f"`{output.start}`")


def _check_names(e: Elaborated, config: Config) -> None:
    known = list(e.weights)
    places = {"nets": config.nets, "init": config.init, "optimizer": config.optimizer}
    for section, named in places.items():
        for name in named:
            if name not in known and not (section == "optimizer" and name == "default"):
                raise ConfigError(
                    f"`{section}.{name}`: the spec `{e.spec.name}` has no net `{name}`",
                    meant(name, known),
                )


def _check_given(
    e: Elaborated,
    config: Config,
    shapes: dict[str, Shape],
    given: dict[str, Given],
    data: Data,
) -> None:
    for name, output in e.weights.items():
        if output.role in GIVEN and name not in given:
            raise RunError(
                f"`{e.spec.name}` needs weights for its {output.role} `{name}`",
                _how_to_get(e, output, shapes[name], config, data),
            )


def _how_to_get(e: Elaborated, output: Output, shape: Shape, config: Config, data: Data) -> str:
    name, given = output.weights, config.data.name
    method = method_for(e, name, data)
    if method is None:
        return f"give a run whose net reads {shape}: `--init {name}=RUN_FOLDER`"
    return (
        f"train one: `fmdsl train {method} --data {given} --out runs/teacher`, then give it: "
        f"`fmdsl train {config.spec or e.spec.name} --data {given} --init {name}=runs/teacher`"
    )
