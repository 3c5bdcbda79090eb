"""`gradients(spec, compile)`: what the program's backward leaves, against the definition.

Nets are random, smooth and have Jacobians that are not symmetric: at the truth of a Gaussian,
where they are, a transposed derivative cannot be told from a right one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.exact import on_batch
from fmdsl.oracle.measure import Compile
from fmdsl.oracle.measurement import HOLDS, NOT_MEASURED, REFUTED, Measurement
from fmdsl.oracle.run import fields
from fmdsl.oracle.stand import Stand
from fmdsl.oracle.watch import gradient
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.reader import read
from fmdsl.syntax.spec import Spec
from fmdsl.terms.term import Term

_LAW = "random nets"


def gradients(
    spec: str | Path | Spec,
    compile: Compile,
    *,
    settings: Mapping[str, float | str] | None = None,
    derivative: Any = "exact",
    examples: int = 32,
    progress: float = 0.5,
    seed: int = 0,
    tolerance: float = 1e-6,
) -> tuple[Measurement, ...]:
    """The gradient of every group against one computed from the terms alone.

    tolerance: of the greatest difference, in units of the greatest component; a finite
        difference needs a wider one.
    """
    source = spec if isinstance(spec, Spec) else read(spec)
    given = {n: Fraction(str(v)) for n, v in (settings or {}).items()}
    elaborated = elaborate_spec(source, given)
    nets = _random(elaborated, dimension=3, seed=seed)
    program = compile(source, dict(nets), settings=settings, derivative=derivative)
    run = _Comparison(elaborated, nets, program, examples, progress, seed, tolerance)
    return tuple(run.told())


@dataclass(frozen=True, slots=True)
class _Comparison:
    spec: Elaborated
    nets: dict[str, Stand]
    program: Any
    examples: int
    progress: float
    seed: int
    tolerance: float

    def told(self) -> Iterator[Measurement]:
        for name in self.program.objectives:
            try:
                yield self._group(name)
            except NotMeasured as reason:
                yield Measurement(_LAW, name, "gradient", NOT_MEASURED, str(reason))

    def _group(self, name: str) -> Measurement:
        rng = torch.Generator().manual_seed(self.seed)
        x = 0.3 + 0.7 * torch.randn(self.examples, 3, generator=rng, dtype=torch.float64)
        label = torch.arange(self.examples) % 3
        batch = tuple(fields(self.spec, x, label))
        drawn = self.program.draw(batch, name, rng, progress=self.progress)
        made = self.program(batch, name, draws=drawn, progress=self.progress)[name]
        weights = [p for p in self.program.trained(name) if p.requires_grad]
        right = gradient(self._reference(name, drawn).mean(), weights)
        error = float((gradient(made, weights) - right).abs().max() / right.abs().max())
        what = HOLDS if error <= self.tolerance else REFUTED
        reason = f"differs from the definition by {error:.1e} of its greatest component"
        span = self.program.objectives[name].span
        return Measurement(_LAW, name, "gradient", what, reason, error, span=span)

    def _reference(self, name: str, drawn: Mapping[str, Tensor]) -> Tensor:
        objective = self.program.objectives[name]
        moved = {self.spec.outputs[n].weights for n in objective.nets}
        jets = _Jets(self.spec, self.nets, moved, self.examples)
        names = {**drawn, "progress": self.progress}
        names["null"] = torch.full((self.examples,), -1)
        return Evaluator(names, jet=jets)(objective.loss)


@dataclass(frozen=True, slots=True)
class _Jets:
    """Calls of nets and their derivatives, by nested forward mode."""

    spec: Elaborated
    nets: Mapping[str, Stand]
    moved: set[str]
    rows: int

    def __call__(self, term: Term, place: list[Any], along: list[list[Any]]) -> Any:
        call = term.args[0].bare if term.op == "features" else term
        if call["copy"] == "exact":
            raise NotMeasured(f"the loss speaks of `{call['fn']}`, which no program computes")
        output = self.spec.outputs[call["fn"]]
        function = self._mode(output.weights, call["copy"], output.role)
        place = _clocks(place)
        if term.op == "features":
            return function(*place, seen=True)
        for direction in along:
            function = _slope(function, direction)
        value = function(*place)
        return value[output.index] if isinstance(value, tuple) else value

    def _mode(self, weights: str, copy: str, role: str) -> Callable[..., Any]:
        """With a tape, with a tape for the arguments only, or without."""
        net = self.nets[weights]
        if copy != "live" or role == "teacher":
            return lambda *place, **seen: _cut(_call(net, place, seen))
        if weights in self.moved:
            return lambda *place, **seen: _call(net, place, seen)
        held = {n: p.detach() for n, p in net.named_parameters()}
        return lambda *place, **seen: torch.func.functional_call(net, held, place, seen)


def _call(net: nn.Module, place: tuple[Any, ...], seen: dict[str, Any]) -> Any:
    return net(*place, **seen)


def _cut(value: Any) -> Any:
    return tuple(v.detach() for v in value) if isinstance(value, tuple) else value.detach()


def _clocks(place: list[Any]) -> list[Any]:
    state = next(a for a in place if isinstance(a, Tensor))
    return on_batch([state, *place])[1:]


def _slope(function: Callable[..., Any], along: list[Any]) -> Callable[..., Any]:
    """The derivative along a direction; what does not move is held."""

    def at(*place: Any) -> Any:
        moving = [i for i, d in enumerate(along) if isinstance(d, Tensor) or d != 0]

        def held(*moved: Tensor) -> Any:
            given = list(place)
            for i, value in zip(moving, moved):
                given[i] = value
            return function(*given)

        start = tuple(place[i] for i in moving)
        tangents = tuple(_full(along[i], place[i]) for i in moving)
        return torch.func.jvp(held, start, tangents)[1]

    return at


def _full(direction: Any, like: Tensor) -> Tensor:
    return torch.as_tensor(direction, dtype=like.dtype).expand(like.shape)


def _random(spec: Elaborated, dimension: int, seed: int) -> dict[str, Stand]:
    found: dict[str, Stand] = {}
    for i, (name, first) in enumerate(spec.weights.items()):
        outputs = [o for o in spec.outputs.values() if o.weights == name]
        net = Stand(outputs, [None] * len(outputs), dimension, seed + i)
        found[name] = net.requires_grad_(first.is_trained)
    return found
