"""Samples by a spec's own rule: steps, one draw, or a velocity and an ODE solver."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import torch
from torch import Tensor, fx

from fmdsl.graph.build import sampler_graph
from fmdsl.graph.node import Graph
from fmdsl.lowering import laws, ode
from fmdsl.lowering.error import CompileError, bad_batch, unknown_choice
from fmdsl.lowering.functions import clock_dtype, labels
from fmdsl.lowering.rng import Random
from fmdsl.passes import run
from fmdsl.semantics.decays import value_at
from fmdsl.semantics.elaborated import Elaborated

Solver = Literal["euler", "midpoint", "heun", "dopri5"]
OnStep = Callable[[int, float, Tensor], None]
#: New noises of a rule, drawn at each step.
FRESH = ("fresh", "fresh'")
#: Steps of an ODE solver where neither times nor steps are given.
STEPS = 50


class Sampler:
    """The sampling rule of a spec, compiled."""

    def __init__(self, spec: Elaborated, lower: Callable[[Graph], fx.GraphModule]) -> None:
        assert spec.sampler is not None
        self.rule = spec.sampler
        self.graph = run(sampler_graph(spec), ("fold", "no_grad", "dead"))
        self.module = lower(self.graph)
        self.scale = 1.0 if self.rule.scale is None else value_at(self.rule.scale, 1.0) or 1.0
        self.times = tuple(float(laws.evaluate(t, {})) for t in self.rule.times)
        self.kinds = {node.name: node for node in self.graph.inputs}

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
    ) -> Tensor:
        """Samples [B, ...] from standard noise [B, ...].

        The first state is that noise as the path has it at the first of the spec's times:
        80 times as much where noise levels begin at 80.

        label: one for each sample, one for all, or None for the empty one.
        steps: refines the spec's times evenly between its first and last; a velocity is
            integrated in 50 where nothing is said.
        times: the levels to visit, noise first, in place of the spec's.
        solver: for a velocity: euler, midpoint, heun, or dopri5 (needs torchdiffeq).
        on_step: called with the number of the step, the level reached, and the state.
        """
        given = self._given(noise, label)
        levels = self._levels(steps, times)
        source = laws.rng_for(rng or Random(), noise, False)

        def call(**values: Any) -> Tensor:
            new = [n for n in self.kinds if n in FRESH]
            values |= {n: source.noise(tuple(noise.shape), noise.dtype) for n in new}
            return self._call(given | values)

        if self.rule.kind == "draw":
            return self._drawn(call, noise, source)
        # of an image, nothing is left at the first level; of the noise, the path's own share
        z = noise if self.scale == 1 else self.scale * noise
        if self.rule.kind == "step":
            return self._stepped(call, z, levels, on_step)
        return self._solved(call, z, levels, solver, on_step)

    def _call(self, values: dict[str, Any]) -> Tensor:
        return self.module(*(values[name] for name in self.kinds))[0]

    def _drawn(self, call: Callable[..., Tensor], noise: Tensor, source: Any) -> Tensor:
        """The first noise of the rule is the one given; any other is new."""
        names = [n for n, node in self.kinds.items() if node.kind == "noise" and n not in FRESH]
        rest = {n: source.noise(tuple(noise.shape), noise.dtype) for n in names[1:]}
        return call(**dict.fromkeys(names[:1], noise), **rest)

    def _stepped(
        self, call: Callable[..., Tensor], z: Tensor, levels: Sequence[float],
        on_step: OnStep | None,
    ) -> Tensor:  # fmt: skip
        state, now, then = self.rule.params
        for i, (t, s) in enumerate(zip(levels, levels[1:])):
            z = call(**{state: z, now: clock(t, z), then: clock(s, z)})
            if on_step is not None:
                on_step(i, s, z)
        return z

    def _solved(
        self, call: Callable[..., Tensor], z: Tensor, levels: Sequence[float], solver: Solver,
        on_step: OnStep | None,
    ) -> Tensor:  # fmt: skip
        if solver not in (known := (*ode.STEPS, ode.ADAPTIVE)):
            raise CompileError([unknown_choice("solver", solver, known)])
        state, now = self.rule.params

        def velocity(z: Tensor, t: float) -> Tensor:
            return call(**{state: z, now: clock(t, z)})

        return ode.solve(velocity, z, levels, solver, on_step)

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

    def _levels(self, steps: int | None, times: Iterable[float] | None) -> tuple[float, ...]:
        levels = self.times if times is None else tuple(float(t) for t in times)
        if self.rule.kind == "draw":
            return levels
        levels = levels or (1.0, 0.0)
        if steps is None and times is None and self.rule.kind == "velocity" and len(levels) == 2:
            steps = STEPS
        if steps is None:
            return levels
        if steps < 1:
            raise CompileError([bad_batch(f"{steps} steps are no sampler", "take 1 or more")])
        first, last = levels[0], levels[-1]
        return (*(first + (last - first) * i / steps for i in range(steps)), last)


def clock(t: float, z: Tensor) -> Tensor:
    """A level as one number per example."""
    return torch.full((z.shape[0],), t, dtype=clock_dtype(z), device=z.device)
