"""Samples by a spec's own rule: steps, one draw, or a velocity and an ODE solver."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import Any, Literal

import torch
from torch import Tensor, fx

from fmdsl.graph.build import sampler_graph
from fmdsl.graph.node import Graph
from fmdsl.lowering import laws, ode
from fmdsl.lowering.error import CompileError, bad_batch, unknown_choice
from fmdsl.lowering.functions import clock_dtype, labels
from fmdsl.lowering.levels import STEPS, along, checked
from fmdsl.lowering.renoise import Advance, Levels, renoised
from fmdsl.lowering.rng import Random
from fmdsl.passes import run
from fmdsl.semantics.elaborated import Elaborated

Solver = Literal["euler", "midpoint", "heun", "dopri5"]
OnStep = Callable[[int, float, Tensor], None]
#: New noises of a rule, drawn at each step.
FRESH = ("fresh", "fresh'")


class Sampler:
    """The sampling rule of a spec, compiled."""

    def __init__(self, spec: Elaborated, lower: Callable[[Graph], fx.GraphModule]) -> None:
        assert spec.sampler is not None
        self.rule = spec.sampler
        self.graph = run(sampler_graph(spec), ("fold", "no_grad", "dead"))
        self.module = lower(self.graph)
        self.times = tuple(float(laws.evaluate(t, {})) for t in self.rule.times)
        self.kinds = {node.name: node for node in self.graph.inputs}
        self.path = None if self.rule.weights is None else Levels(self.rule.weights)
        self.domain = spec.routes[0].domain

    @property
    def scale(self) -> float:
        """The weight of the noise on the path at the first of the times."""
        first = self.times[0] if self.times else 1.0
        return 1.0 if self.path is None else self.path.noise(first) or 1.0

    @torch.no_grad()
    def __call__(
        self,
        noise: Tensor,
        label: Tensor | int | None = None,
        steps: int | None = None,
        times: Iterable[float] | None = None,
        rng: Random | None = None,
        solver: Solver = "euler",
        on_step: OnStep | None = None,
        gamma: float = 0.0,
    ) -> Tensor:
        """Samples [B, ...] from standard noise [B, ...].

        The first state is that noise as the path has it at the first of the spec's times:
        80 times as much where noise levels begin at 80.

        label: one for each sample, one for all, or None for the empty one.
        steps: so many steps along the spec's times; a velocity between two is integrated in
            50 where nothing is said.
        times: the levels to visit, noise first, in place of the spec's.
        solver: for a velocity: euler, midpoint, heun, or dopri5, which chooses its own steps.
        on_step: called with the number of the step, the level reached, and the state.
        gamma: the share of each level's noise that is new, 0 to 1: see `renoise.renoised`.

        Raises CompileError for a solver, levels, labels or a γ that this rule cannot have.
        """
        given = self._given(noise, label)
        levels = self._levels(steps, times, solver)
        source = laws.rng_for(rng or Random(), noise, False)

        def fresh() -> Tensor:
            return source.noise(tuple(noise.shape), noise.dtype)

        def call(**values: Any) -> Tensor:
            return self._call(given | values | {n: fresh() for n in self.kinds if n in FRESH})

        self._check_gamma(gamma)
        if self.rule.kind == "draw":
            return self._drawn(call, noise, source)
        advance = self._stepping(call) if self.rule.kind == "step" else self._solving(call, solver)
        if gamma and self.path is not None:
            advance = renoised(advance, self.path, gamma, levels[-1], fresh)
        # of an image, nothing is left at the first level; of the noise, the path's own share
        z = noise if self.scale == 1 else self.scale * noise
        for i, (t, s) in enumerate(zip(levels, levels[1:])):
            z = advance(z, t, s)
            if on_step is not None:
                on_step(i, s, z)
        return z

    def _call(self, values: dict[str, Any]) -> Tensor:
        return self.module(*(values[name] for name in self.kinds))[0]

    def _drawn(self, call: Callable[..., Tensor], noise: Tensor, source: Any) -> Tensor:
        """The first noise of the rule is the one given; any other is new."""
        names = [n for n, node in self.kinds.items() if node.kind == "noise" and n not in FRESH]
        rest = {n: source.noise(tuple(noise.shape), noise.dtype) for n in names[1:]}
        return call(**dict.fromkeys(names[:1], noise), **rest)

    def _stepping(self, call: Callable[..., Tensor]) -> Advance:
        state, now, then = self.rule.params

        def step(z: Tensor, t: float, s: float) -> Tensor:
            return call(**{state: z, now: clock(t, z), then: clock(s, z)})

        return step

    def _solving(self, call: Callable[..., Tensor], solver: str) -> Advance:
        if solver not in ode.SOLVERS:
            raise CompileError([unknown_choice("solver", solver, ode.SOLVERS)])
        state, now = self.rule.params

        def velocity(z: Tensor, t: float) -> Tensor:
            return call(**{state: z, now: clock(t, z)})

        return partial(ode.SOLVERS[solver], velocity)

    def _check_gamma(self, gamma: float) -> None:
        if not 0 <= gamma <= 1:
            raise CompileError([bad_batch(f"γ = {gamma:g} is no share", "take 0 to 1")])
        if gamma and self.rule.kind == "draw":
            told = "the sampler draws at once: there is no level to noise anew"
            raise CompileError([bad_batch(told, "leave γ out")])
        if gamma and any(name in FRESH for name in self.kinds):
            told = "the spec's own step draws new noise already"
            raise CompileError([bad_batch(told, "leave γ out, or list more levels")])

    def _given(self, noise: Tensor, label: Tensor | int | None) -> dict[str, Any]:
        """Labels, and a clock for every number that the rule does not bind."""
        names = [n for n, node in self.kinds.items() if node.kind == "label"]
        if label is None:
            value = labels(-1, noise)
        elif isinstance(label, Tensor):
            value = label.to(device=noise.device, dtype=torch.int64)
        else:
            value = labels(label, noise)
        if value.shape != noise.shape[:1]:
            message = f"{tuple(value.shape)} labels are given for {noise.shape[0]} samples"
            raise CompileError([bad_batch(message, "give one label for each row of the noise")])
        return dict.fromkeys(names, value)

    def _levels(
        self, steps: int | None, times: Iterable[float] | None, solver: str
    ) -> tuple[float, ...]:
        if times is not None:
            return checked(tuple(map(float, times)), self.times, self.domain)
        levels = self.times or (1.0, 0.0)
        if self.rule.kind == "draw":
            return levels
        if steps is None and self.rule.kind == "velocity":
            steps = 1 if solver in ode.ADAPTIVE else STEPS if len(levels) == 2 else None
        return levels if steps is None else along(levels, steps)


def clock(t: float, z: Tensor) -> Tensor:
    """A level as one number per example."""
    return torch.full((z.shape[0],), t, dtype=clock_dtype(z), device=z.device)
