"""What a run works on: a spec, its data, its nets and the program that they make."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.checks import check, errors
from fmdsl.compiler import compile
from fmdsl.runtime.config import Config
from fmdsl.runtime.data import Batch, Data, load
from fmdsl.runtime.device import autocast, dtype
from fmdsl.runtime.fault import ConfigError
from fmdsl.runtime.nets import Nets
from fmdsl.runtime.randomness import generator
from fmdsl.runtime.shapes import GIVEN
from fmdsl.runtime.shards import load as load_weights
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.diagnostic import Fault
from fmdsl.syntax.show_spec import show_spec
from fmdsl.syntax.spec import Spec
from fmdsl.terms.term import walk


@dataclass(frozen=True, slots=True)
class Problem:
    """A program on its data. `groups` are the lines of `minimize`, by name."""

    e: Elaborated
    data: Data
    nets: Nets
    program: Any
    device: torch.device
    dtype: torch.dtype

    @property
    def groups(self) -> tuple[str, ...]:
        return tuple(o.name for o in self.e.objectives)

    def moves(self, group: str) -> tuple[str, ...]:
        """The weight sets that a group moves."""
        objective = next(o for o in self.e.objectives if o.name == group)
        return tuple(dict.fromkeys(self.e.outputs[n].weights for n in objective.nets))

    @property
    def trained(self) -> tuple[str, ...]:
        return tuple(n for n, o in self.e.weights.items() if o.role not in GIVEN)

    @property
    def given(self) -> tuple[str, ...]:
        return tuple(n for n, o in self.e.weights.items() if o.role in GIVEN)

    @property
    def sampled(self) -> dict[str, nn.Module]:
        """The trained nets that samples are made with: those the sampler calls."""
        if self.e.sampler is None:
            return {n: self.nets.modules[n] for n in self.trained}
        called = {t["fn"] for t in walk(self.e.sampler.body) if t.op == "jet"}
        names = {self.e.outputs[f].weights for f in called if f in self.e.outputs}
        return {n: self.nets.modules[n] for n in self.trained if n in names}

    def copies(self) -> dict[str, Tensor]:
        """The weights of the moving averages that the losses speak of."""
        return self.program.copies.state_dict()

    def load_copies(self, weights: Mapping[str, Tensor]) -> None:
        load_weights(self.program.copies, weights)

    def on_device(self, batch: Batch) -> Batch:
        """A batch where the nets are, in their precision."""
        return {
            name: value.to(self.device, self.dtype if value.is_floating_point() else value.dtype)
            for name, value in batch.items()
        }

    def few(self) -> Batch:
        """Four examples on the device, the same at every call and in every process."""
        return self.on_device(self.data.draw(4, generator("cpu", "rehearsal")))

    def rehearse(self, config: Config) -> None:
        """Every group once, without a trace in what comes after.

        What the data lack, and what the nets do not allow, is told before anything is written.
        """
        with autocast(config, self.device):
            self.program.rehearse(self.few())


def pose(e: Elaborated, data: Data, nets: Nets, config: Config, device: torch.device) -> Problem:
    """The program of a spec over these nets, on a device."""
    for name, net in nets.modules.items():
        net.to(device, dtype(config))
        if name in e.weights and e.weights[name].role in GIVEN:
            net.eval().requires_grad_(False)
    program = compile(
        e.spec,
        nets=nets.modules,
        settings={name: float(value) for name, value in e.settings.items()},
        derivative=config.derivative,
    )
    if config.compile:
        program.compile()
    return Problem(e, data, nets, program, device, dtype(config))


def accepted(spec: Spec, settings: Mapping[str, float]) -> Elaborated:
    """The elaborated spec. Raises Fault with its errors, ConfigError for an unknown setting."""
    from fmdsl.runtime.fault import meant

    exact = {name: Fraction(str(value)) for name, value in settings.items()}
    e = elaborate_spec(spec, exact)
    refused = errors(check(e))
    if refused:
        raise Fault(refused)
    for name in settings:
        if name not in e.settings:
            raise ConfigError(
                f"`settings.{name}`: the spec `{spec.name}` has no setting `{name}`",
                meant(name, list(e.settings)),
            )
    return e


def load_data(config: Config) -> Data:
    """The data that a config names. Raises DataError."""
    return load(config.data.name, **config.data.options)


def spec_hash(spec: Spec) -> str:
    """The same for two texts that say the same."""
    return hashlib.sha256(show_spec(spec).encode()).hexdigest()[:16]


def data_hash(data: Data) -> str:
    """The same for data with the same shape, size and held-out part."""
    told = f"{data.point_shape} {data.classes} {data.length} {data.fields}"
    digest = hashlib.sha256(told.encode())
    for value in data.held_out.values():
        digest.update(value.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
