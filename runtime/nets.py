"""The networks of a spec: built for its signatures, started from what the run was given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from torch import Tensor, nn

from fmdsl.runtime.backbones import build, feature_shape
from fmdsl.runtime.config import Config, NetChoice
from fmdsl.runtime.data import Data
from fmdsl.runtime.fault import ConfigError, RunError, meant
from fmdsl.runtime.given import Given, Shape, describe, read_given
from fmdsl.semantics.elaborated import Elaborated, Output
from fmdsl.terms.term import Term, walk

GIVEN = ("teacher", "frozen")


@dataclass(frozen=True, slots=True)
class Nets:
    """One network per weight set, with the backbone and sizes each was built with."""

    modules: dict[str, nn.Module]
    choices: dict[str, NetChoice]
    shapes: dict[str, Shape]

    def described(self) -> dict[str, dict[str, Any]]:
        """What another run needs to build the same networks."""
        return {name: describe(c, self.shapes[name]) for name, c in self.choices.items()}


def shape_of(e: Elaborated, name: str, data: Data) -> Shape:
    """What a net reads and gives on this data."""
    outputs = sorted((o for o in e.outputs.values() if o.weights == name), key=lambda o: o.index)
    inputs = tuple("time" if s.clock else s.kind for s in outputs[0].inputs)
    # on data without labels, the empty label alone has a row
    classes = (data.classes or 0) if "label" in inputs else None
    return Shape(data.point_shape, inputs, tuple(o.kind for o in outputs), classes)


def build_nets(e: Elaborated, config: Config, data: Data) -> Nets:
    """Networks for every weight set: sizes from the config, weights from `init` and `start`.

    Raises ConfigError for a net that the spec does not have, RunError for a teacher that was
    not given, BackboneError for a signature no backbone reads.
    """
    _check_names(e, config)
    shapes = {name: shape_of(e, name, data) for name in e.weights}
    given = {name: read_given(path, name, shapes[name]) for name, path in config.init.items()}
    _check_given(e, config, shapes, given)
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
        made.modules[name] = _module(made.choices[name], shape, {})
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
    module = _module(choice, made.shapes[name], extra)
    backbone = choice.backbone or getattr(module, "name", None)
    made.modules[name] = module
    made.choices[name] = NetChoice(backbone, {**choice.options, **extra})


def _module(choice: NetChoice, shape: Shape, extra: dict[str, Any]) -> nn.Module:
    options = {k: tuple(v) if isinstance(v, list) else v for k, v in choice.options.items()}
    extra = {k: tuple(v) for k, v in extra.items()}
    return build(
        choice.backbone,
        point_shape=shape.point_shape,
        inputs=shape.inputs,
        outputs=shape.outputs,
        classes=shape.classes,
        **options,
        **extra,
    )


def _start(e: Elaborated, given: dict[str, Given], made: Nets) -> None:
    """Given weights first, then the nets that start from others."""
    for name, source in given.items():
        load_weights(made.modules[name], source.weights, name, source.path)
    for name, output in e.weights.items():
        if output.start and name not in given and output.start in made.modules:
            weights = made.modules[output.start].state_dict()
            load_weights(made.modules[name], weights, name, f"`{output.start}`")


def tap(e: Elaborated, name: str) -> tuple[str, Any] | None:
    """Whose features, and of which layer, a net reads; None where it reads none."""
    for term in walk(*(o.loss for o in e.objectives)):
        if term.op == "jet" and _weights(e, term) == name:
            for argument in term.place:
                bare = argument.bare
                if bare.op == "features":
                    return _weights(e, bare.args[0].bare), bare["layer"]
    return None


def _weights(e: Elaborated, jet: Term) -> str:
    output = e.outputs.get(jet["fn"])
    return output.weights if output else ""


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
    e: Elaborated, config: Config, shapes: dict[str, Shape], given: dict[str, Given]
) -> None:
    for name, output in e.weights.items():
        if output.role in GIVEN and name not in given:
            raise RunError(
                f"`{e.spec.name}` needs weights for its {output.role} `{name}`",
                _how_to_get(e, output, shapes[name], config),
            )


def _how_to_get(e: Elaborated, output: Output, shape: Shape, config: Config) -> str:
    name, data = output.weights, config.data.name
    if shape.inputs == ("point", "time", "label") and shape.outputs == ("tangent",):
        return (
            f"train one: `fmdsl train flow_matching --data {data} --out runs/teacher`, then give "
            f"it: `fmdsl train {config.spec or e.spec.name} --data {data} "
            f"--init {name}=runs/teacher`"
        )
    return f"give a run whose net reads {shape}: `--init {name}=RUN_FOLDER`"
