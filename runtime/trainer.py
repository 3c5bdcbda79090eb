"""One update of a program's nets, and everything needed to make the next one the same."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.parallel import DistributedDataParallel

from fmdsl.lowering.rng import Random
from fmdsl.runtime import randomness
from fmdsl.runtime.average import Average
from fmdsl.runtime.config import Config
from fmdsl.runtime.data import Batch, Loader
from fmdsl.runtime.device import autocast
from fmdsl.runtime.diverged import diverged, diverged_gradient
from fmdsl.runtime.groups import Group
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.processes import Processes


@dataclass(frozen=True, slots=True)
class Update:
    """What one step did: by group, the loss, the gradient's norm and the learning rates."""

    losses: dict[str, Tensor]
    norms: dict[str, Tensor]
    rates: dict[str, float]


class Loss(nn.Module):
    """A group's loss as a module's forward, which is what DDP can wrap."""

    def __init__(self, program: nn.Module) -> None:
        super().__init__()
        self.program = program

    def forward(self, group: str, batch: Batch, progress: float, rng: Random) -> Tensor:
        return self.program(batch, group=group, progress=progress, rng=rng)[group]


class Trainer:
    """A problem, its groups and averages, and how far training has come."""

    def __init__(self, problem: Problem, config: Config, processes: Processes) -> None:
        self.problem, self.config, self.processes = problem, config, processes
        self.step, self.seconds = 0, 0.0
        each = processes.share(config.batch, config.accumulate)
        rank, world = processes.rank, processes.world
        self.loader = Loader(problem.data, each, seed=config.seed, rank=rank, world=world)
        self.average = Average(problem.sampled, config.ema)
        self.groups = self._groups()
        self.loss = self._loss()

    @property
    def progress(self) -> float:
        """The share of training done, 0 to 1."""
        return self.config.progress(self.step, self.seconds)

    def rehearse(self) -> None:
        """Every group once, without a trace in what comes after.

        What the data lack, and what the nets do not allow, is told before anything is written.
        """
        few = self.problem.data.draw(4, randomness.generator("cpu", "rehearsal"))
        with autocast(self.config, self.problem.device):
            self.problem.program.rehearse(self._on_device(few))

    def update(self) -> Update:
        """One training step: every group that is due, on draws and data of its own.

        Raises RunError at the first loss or gradient that is not finite.
        """
        found, moved = Update({}, {}, {}), set[str]()
        progress = self.progress
        for name in self.problem.program.due(self.step, progress):
            group = self.groups[self.problem.moves(name)]
            found.losses[name] = self._gradients(name, group, progress)
            found.norms[name] = self._norm(name, group)
            group.step(progress)
            found.rates.update(group.rates)
            moved |= set(group.nets)
        self.problem.program.follow(progress)
        if moved & set(self.average.nets):
            self.average.update()
        self.step += 1
        return found

    def _gradients(self, name: str, group: Group, progress: float) -> Tensor:
        total, parts = torch.zeros((), device=self.problem.device), self.config.accumulate
        for part in range(parts):
            batch, rng = self._batch(), self.random(name, part)
            with self._synchronised(part == parts - 1):
                with autocast(self.config, self.problem.device):
                    loss = self.loss(name, batch, progress, rng) / parts
                if not bool(torch.isfinite(loss.detach())):
                    rng = self.random(name, part)
                    raise diverged(self.problem, name, batch, progress, rng, self.step)
                group.backward(loss)
            total += loss.detach()
        return total

    def _norm(self, name: str, group: Group) -> Tensor:
        norm = group.norm()
        if not group.skips and not bool(torch.isfinite(norm)):
            raise diverged_gradient(self.problem, name, self.step)
        return norm

    def random(self, name: str, part: int) -> Random:
        """Where the draws of a part of a step come from: a function of its place alone."""
        place = (self.config.seed, self.step, name, part)
        own = randomness.generator(self.problem.device, *place, self.processes.rank)
        return Random(own, randomness.generator("cpu", *place, "shared"))

    def _batch(self) -> Batch:
        return self._on_device(next(self.loader))

    def _on_device(self, batch: Batch) -> Batch:
        dtype, device = self.problem.dtype, self.problem.device
        return {
            name: value.to(device, dtype if value.is_floating_point() else value.dtype)
            for name, value in batch.items()
        }

    def _groups(self) -> dict[tuple[str, ...], Group]:
        weights, device = self.problem.nets.modules, self.problem.device
        sets = dict.fromkeys(self.problem.moves(name) for name in self.problem.groups)
        return {nets: Group({n: weights[n] for n in nets}, self.config, device) for nets in sets}

    def _loss(self) -> nn.Module:
        loss: nn.Module = Loss(self.problem.program)
        if self.processes.world == 1:
            return loss
        # each group reaches some of the nets only
        ids = [self.problem.device.index] if self.problem.device.type == "cuda" else None
        return DistributedDataParallel(
            loss, device_ids=ids, find_unused_parameters=True, broadcast_buffers=False
        )

    def _synchronised(self, last: bool) -> contextlib.AbstractContextManager[Any]:
        """Gradients are averaged over processes once, with the last part."""
        if isinstance(self.loss, DistributedDataParallel) and not last:
            return self.loss.no_sync()
        return contextlib.nullcontext()

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on, as a tree that a checkpoint can hold."""
        return {
            "step": self.step,
            "seconds": self.seconds,
            "nets": {n: self.problem.nets.modules[n].state_dict() for n in self.problem.trained},
            "copies": self.problem.copies(),
            "average": self.average.state_dict(),
            "average_updates": self.average.updates,
            "groups": {"+".join(nets): g.state_dict() for nets, g in self.groups.items()},
            "position": self.loader.state_dict(),
            "random": self.processes.gather(randomness.state()),
            "derivative_steps": dict(self.problem.program.bank.steps),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        self.step, self.seconds = state["step"], state["seconds"]
        self.problem.program.bank.steps.update(state.get("derivative_steps", {}))
        for name, weights in state["nets"].items():
            self.problem.nets.modules[name].load_state_dict(weights)
        self.problem.load_copies(state["copies"])
        self.average.load_state_dict(state["average"], state["average_updates"])
        for nets, group in self.groups.items():
            group.load_state_dict(state["groups"]["+".join(nets)])
        self.loader.load_state_dict(state["position"])
        randomness.restore(state["random"][self.processes.rank])
