"""Batches of a compiled group at the truth: gradients in the probes, residuals, quantities."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.oracle.antithetic import Fan, Reflection, reflections
from fmdsl.oracle.evaluate import NotMeasured
from fmdsl.oracle.stand import Stand
from fmdsl.oracle.truth import Truth
from fmdsl.oracle.watch import Watch, gradient, nets_below, rms
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import walk
from fmdsl.terms.types import LABEL

LOSS, WEIGHTLESS = "loss", "loss without its weight"
#: How far the perturbed nets are from the truth.
_NUDGE = 0.05


@dataclass(slots=True)
class Series:
    """Gradients and residuals of one quantity, batch by batch, for each way of pairing.

    nets: the weight sets below it. scale: the gradient of perturbed nets, per perturbation.
    bent: residuals enter it through a function that is not linear.
    """

    nets: frozenset[str]
    gradients: dict[int, list[Tensor]] = field(default_factory=dict[int, list[Tensor]])
    residuals: list[float] = field(default_factory=list[float])
    scale: float = 0.0
    bent: bool = False

    @property
    def quietest(self) -> list[Tensor]:
        """The gradients under the pairing that leaves the least noise."""
        return min(self.gradients.values(), key=lambda g: float(torch.stack(g).std(0).sum()))


@dataclass(frozen=True, slots=True)
class Run:
    """One group of a program whose nets are truths."""

    truth: Truth
    program: Any
    group: str
    examples: int
    progress: float

    def series(self, batches: int, seed: int) -> dict[str, Series]:
        """Everything measured, by the name of the quantity."""
        rng = torch.Generator().manual_seed(seed)
        found: dict[str, Series] = {}
        loss = self.program.objectives[self.group].loss
        ways = reflections(self.truth.spec, self.truth.law, loss) or (None,)
        for _ in range(batches):
            for i, way in enumerate(ways):
                self._batch(rng, found, way, i)
        with _Nudged(self._all_probes, rng):
            self._batch(rng, found, ways[0], -1)
        return found

    @property
    def probes(self) -> list[nn.Parameter]:
        """The free perturbations of the group's nets whose truth is known."""
        outputs, objective = self.truth.spec.outputs, self.program.objectives[self.group]
        moved = {outputs[n].weights for n in objective.nets}
        nets = [self.truth.nets[n] for n in moved if n not in self.truth.undetermined]
        return [p for net in nets if isinstance(net, Stand) for p in net.probes]

    @property
    def _all_probes(self) -> list[nn.Parameter]:
        """Every perturbation: a target that only another net moves must move too."""
        nets = [n for n in self.truth.nets.values() if isinstance(n, Stand)]
        return [p for net in nets for p, f in zip(net.probes, net.truths) if f is not None]

    def _batch(
        self, rng: torch.Generator, found: dict[str, Series], way: Reflection | None, index: int
    ) -> None:
        module, values, weights = self._inputs(rng, way)
        probes = self.probes
        for name, value, residual, nets in self._quantities(module, values, found):
            one = found.setdefault(name, Series(nets))
            zero = torch.zeros(sum(p.numel() for p in probes), dtype=torch.float64)
            slope = gradient((weights * value).mean(), probes) if value.requires_grad else zero
            if index < 0:
                one.scale = float(slope.abs().max()) / _NUDGE
                continue
            one.residuals += [] if residual is None else [rms(residual, weights)]
            one.gradients.setdefault(index, []).append(slope)

    def _quantities(
        self, module: Any, values: list[Any], found: dict[str, Series]
    ) -> Iterator[tuple[str, Tensor, Tensor | None, frozenset[str]]]:
        """Name, value per example, residual, nets.

        Regressions are judged without weights; a normaliser inside a target is one.
        """
        tried = LOSS in found
        every = nets_below(next(n for n in module.graph.nodes if n.op == "output"))
        watch = plain = Watch(module)
        yield LOSS, watch.run(*values)[0], None, every
        if not tried or WEIGHTLESS in found:
            plain = Watch(module, after=watch)
            weightless = plain.run(*values)[0]
            if LOSS in found:
                found[LOSS].bent = watch.bent
            if plain.weighed:
                yield WEIGHTLESS, weightless, None, every
        for name, r in plain.found.items():
            yield name, r.value, watch.found[name].residual, r.nets

    def _inputs(
        self, rng: torch.Generator, way: Reflection | None
    ) -> tuple[Any, list[Any], Tensor]:
        """The group's module, its inputs, drawn as the program draws, and the rows' weights."""
        parts = 1 if way is None else self.truth.law.components
        count = max(self.examples // parts, 16)
        (x, label), noise = self.truth.draws(count, rng)
        batch = tuple(fields(self.truth.spec, x, label))
        drawn = self.program.draw(batch, self.group, rng, given=noise, progress=self.progress)
        groups = self.program.groups
        variant = groups.graphs.variant(self.group, (), drawn.steady, self.progress)
        module = groups.module(variant)
        fan = Fan(dict(drawn), torch.ones(())) if way is None else way(drawn, self.progress, rng)
        known = {**fan.draws, "progress": torch.tensor(self.progress, dtype=torch.float64)}
        return module, [known[n] for n in module.meta["inputs"]], fan.weights


class _Nudged:
    """The probes away from zero, and back."""

    def __init__(self, probes: list[nn.Parameter], rng: torch.Generator) -> None:
        self.probes, self.rng = probes, rng

    def __enter__(self) -> None:
        with torch.no_grad():
            for probe in self.probes:
                probe += _NUDGE * torch.randn(probe.shape, generator=self.rng, dtype=probe.dtype)

    def __exit__(self, *_: object) -> None:
        with torch.no_grad():
            for probe in self.probes:
                probe.zero_()


def fields(spec: Elaborated, x: Tensor, label: Tensor) -> Iterator[Tensor]:
    """The fields of the data: the points, and their labels."""
    drawn = [n for d in spec.draws if d.law.name == "data" for n in d.names]
    types = {t["name"]: t.type for t in walk(*(o.loss for o in spec.objectives)) if t.op == "draw"}
    labels = [types[n] == LABEL if n in types else i > 0 for i, n in enumerate(drawn)]
    if labels.count(False) > 1:
        raise NotMeasured("the oracle has no law of data that come in pairs")
    for is_label in labels:
        yield label if is_label else x
