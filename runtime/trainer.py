"""One update of a program's nets, and everything needed to make the next one the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from fmdsl.lowering.rng import Random
from fmdsl.runtime import randomness
from fmdsl.runtime.average import Average
from fmdsl.runtime.config import Config
from fmdsl.runtime.data import Loader
from fmdsl.runtime.device import autocast
from fmdsl.runtime.diverged import diverged, diverged_gradient
from fmdsl.runtime.groups import Group
from fmdsl.runtime.problem import Problem
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.shards import load, whole
from fmdsl.runtime.spread import spread


@dataclass(frozen=True, slots=True)
class Update:
    """What one step did: by group, the loss, the gradient's norm and the learning rates."""

    losses: dict[str, Tensor]
    norms: dict[str, Tensor]
    rates: dict[str, float]


class Trainer:
    """A problem, its groups and averages, and how far training has come."""

    def __init__(self, problem: Problem, config: Config, processes: Processes) -> None:
        self.problem, self.config, self.processes = problem, config, processes
        self.step, self.seconds = 0, 0.0
        each = processes.share(config.batch, config.accumulate)
        rank, world = processes.rank, processes.world
        self.loader = Loader(problem.data, each, seed=config.seed, rank=rank, world=world)
        self.average = Average(problem.sampled, config.ema)
        self.spread = spread(problem, self.average.copies, config, processes)
        self.loss = self.spread.loss
        self.groups = self._groups()

    @property
    def progress(self) -> float:
        """The share of training done, 0 to 1."""
        return self.config.progress(self.step, self.seconds)

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
        problem, processes, parts = self.problem, self.processes, self.config.accumulate
        total = torch.zeros((), device=problem.device)
        for part in range(parts):
            batch, rng = problem.on_device(next(self.loader)), self.random(name, part)
            with self.spread.averaging(name, part == parts - 1):
                with autocast(self.config, problem.device, cached=not self.spread.parted):
                    loss = self.loss(name, batch, progress, rng) / parts
                mean = processes.mean(loss.detach())
                if not bool(torch.isfinite(mean)):
                    rng = self.random(name, part)
                    raise diverged(problem, processes, name, batch, progress, rng, self.step)
                group.backward(loss)
            total += mean
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

    def _groups(self) -> dict[tuple[str, ...], Group]:
        weights, device = self.problem.nets.modules, self.problem.device
        sets = dict.fromkeys(self.problem.moves(name) for name in self.problem.groups)
        return {nets: Group({n: weights[n] for n in nets}, self.config, device) for nets in sets}

    def state_dict(self) -> dict[str, Any]:
        """Everything that the next step depends on, as a tree that a checkpoint can hold.

        All processes call it together. Its tensors are whole; only rank 0 has them.
        """
        state = {
            "nets": {n: self.problem.nets.modules[n].state_dict() for n in self.problem.trained},
            "copies": self.problem.copies(),
            "average": self.average.state_dict(),
            "groups": {"+".join(nets): g.state_dict() for nets, g in self.groups.items()},
        }
        return {
            **whole(state, self.processes.writes),
            "step": self.step,
            "seconds": self.seconds,
            "average_updates": self.average.updates,
            "position": self.loader.state_dict(),
            "random": self.processes.gather(randomness.state()),
            "derivative_steps": dict(self.problem.program.bank.steps),
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go on from a `state_dict`, whoever wrote it: as it was, where as many processes do."""
        self.step, self.seconds = state["step"], state["seconds"]
        for name, weights in state["nets"].items():
            load(self.problem.nets.modules[name], weights)
        self.problem.load_copies(state["copies"])
        self.average.load_state_dict(state["average"], state["average_updates"])
        for nets, group in self.groups.items():
            group.load_state_dict(state["groups"]["+".join(nets)])
        self.loader.load_state_dict(state["position"])
        randoms, rank = state["random"], self.processes.rank
        if len(randoms) == self.processes.world:
            randomness.restore(randoms[rank])
        else:
            randomness.seed_everything(randomness.seed_of(self.config.seed, self.step, rank))
