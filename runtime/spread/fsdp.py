"""A part of every weight in each process, gathered block by block: torch's FSDP2."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator
from typing import final

from torch import Tensor, distributed, nn
from torch.distributed.device_mesh import DeviceMesh, init_device_mesh
from torch.distributed.fsdp import fully_shard

from fmdsl.lowering.rng import Random
from fmdsl.runtime.backbones import Backbone
from fmdsl.runtime.config import Config
from fmdsl.runtime.data import Batch
from fmdsl.runtime.fault import ConfigError, RunError
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.spread.spread import Spread


@final
class FSDP(Spread):
    """Weights, gradients, optimizers and averages in parts, one to each process.

    Every net is sharded on its own, so that a loss, a teacher's call and sampling may each
    call it: its blocks, then what is left of it. What the nets allow is found while they are
    whole, and tried once more when they are not. Gradients are averaged in every part of an
    update: none is ever whole.

    Raises RunError or CompileError for what sharded weights cannot do.
    """

    parted = True

    def __init__(self, problem: Problem, averages: Iterable[nn.Module], config: Config) -> None:
        self.program = problem.program
        _check(problem, config)
        problem.rehearse(config)
        self._shard(problem, averages)
        problem.rehearse(config)

    def _shard(self, problem: Problem, averages: Iterable[nn.Module]) -> None:
        # A program takes nothing in place, which is all that this would warn of.
        warnings.filterwarnings("ignore", "FSDP2-wrapped module .* returned a view", UserWarning)
        mesh = init_device_mesh(problem.device.type, (distributed.get_world_size(),))
        copies = problem.program.copies.values()
        for net in (*problem.nets.modules.values(), *copies, *averages):
            shard(net, mesh)

    def loss(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        return self.program(batch, group=group, progress=progress, rng=rng)[group]


def shard(net: nn.Module, mesh: DeviceMesh) -> None:
    """Spreads a net over the processes of a mesh, in place, innermost blocks first."""
    for block in blocks(net):
        fully_shard(block, mesh=mesh)
    fully_shard(net, mesh=mesh, reshard_after_forward=True)


def blocks(net: nn.Module) -> Iterator[nn.Module]:
    """What is gathered at once: the places where a backbone has a layer."""
    places = set(net.places.values()) if isinstance(net, Backbone) else set[str]()
    for place in sorted(places, key=lambda path: (-path.count("."), path)):
        yield net.get_submodule(place)


def _check(problem: Problem, config: Config) -> None:
    if config.compile:
        raise ConfigError(
            "`compile: true` with `distributed: fsdp`: sharded weights are gathered block by "
            "block, between graphs, so a loss is no one graph",
            "leave `compile` off, or `distributed: ddp`",
        )
    for net, module in problem.nets.modules.items():
        for name, weight in module.named_parameters():
            if not weight.ndim:
                raise RunError(
                    f"the weight `{net}.{name}` is a number, which FSDP cannot shard",
                    "give it an axis: `torch.zeros(1)`; or train with `distributed: ddp`",
                )
