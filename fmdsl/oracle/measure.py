"""`measure(spec, compile)`: the compiled program, with every net replaced by its truth."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.oracle.evaluate import NotMeasured
from fmdsl.oracle.measurement import (
    HOLDS,
    NOT_DECIDED,
    NOT_MEASURED,
    REFUTED,
    Measurement,
    mean_of,
    verdict,
)
from fmdsl.oracle.stand import Stand
from fmdsl.oracle.truth import Truth, truth
from fmdsl.oracle.watch import Watch, gradient, nets_below, rms
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.reader import read
from fmdsl.syntax.spec import Spec
from fmdsl.terms.types import LABEL

#: `fmdsl.compile`, which stands above this package and is handed in.
Compile = Callable[..., Any]
#: How far the perturbed net is from the truth.
_NUDGE = 0.05
_WEIGHTLESS = "loss without its weight"


def measure(
    spec: str | Path | Spec,
    compile: Compile,
    *,
    laws: Sequence[str] = ("gaussian", "mixture"),
    settings: Mapping[str, float | str] | None = None,
    derivative: Any = "auto",
    examples: int = 512,
    batches: int = 32,
    progress: float = 0.5,
    seed: int = 0,
) -> tuple[Measurement, ...]:
    """Residuals, biases and gradients of every group at the truth, on every law.

    compile: `fmdsl.compile`; what it makes is what is measured.
    laws: `gaussian`, in two dimensions with mean and correlation; `mixture`, in one dimension,
        whose flow is not affine and whose residuals are not symmetric.
    """
    source = spec if isinstance(spec, Spec) else read(spec)
    given = {n: Fraction(str(v)) for n, v in (settings or {}).items()}
    elaborated = elaborate_spec(source, given)
    found: list[Measurement] = []
    for law in laws:
        try:
            known = truth(elaborated, law, seed)
            nets = dict(known.nets)
            program = compile(source, nets, settings=settings, derivative=derivative)
            run = _Run(known, program, law, examples, batches, progress, seed)
            for group in program.objectives:
                found += run.group(group)
        except NotMeasured as reason:
            found.append(Measurement(law, "", "truth", NOT_MEASURED, str(reason)))
    return tuple(found)


@dataclass(slots=True)
class _Series:
    """Gradients and residuals of one quantity, batch by batch."""

    gradients: list[Tensor] = field(default_factory=list[Tensor])
    residuals: list[float] = field(default_factory=list[float])
    nets: frozenset[str] = frozenset()
    scale: float = 0.0


@dataclass(frozen=True, slots=True)
class _Run:
    truth: Truth
    program: Any
    law: str
    examples: int
    batches: int
    progress: float
    seed: int

    def group(self, name: str) -> Iterator[Measurement]:
        """The regressions of a group, its loss, and its loss without residual weights."""
        probes = self._probes(name)
        if not probes:
            reason = "no identity says what its nets are"
            yield Measurement(self.law, name, "loss", NOT_MEASURED, reason)
            return
        rng = torch.Generator().manual_seed(self.seed)
        series: dict[str, _Series] = {}
        for _ in range(self.batches):
            self._batch(name, probes, rng, series, nudged=False)
        with _nudged(self._all_probes(), rng):
            self._batch(name, probes, rng, series, nudged=True)
        yield from self._told(name, series)

    def _probes(self, group: str) -> list[nn.Parameter]:
        """The free perturbations of the group's nets whose truth is known."""
        moved = {self.truth.spec.outputs[n].weights for n in self.program.objectives[group].nets}
        nets = [self.truth.nets[n] for n in moved if n not in self.truth.undetermined]
        return [p for net in nets if isinstance(net, Stand) for p in net.probes]

    def _all_probes(self) -> list[nn.Parameter]:
        """Every perturbation: a target that only another net moves must move too."""
        nets = [n for n in self.truth.nets.values() if isinstance(n, Stand)]
        return [p for net in nets for p, f in zip(net.probes, net.truths) if f is not None]

    def _batch(
        self, name: str, probes: list[nn.Parameter], rng: torch.Generator,
        series: dict[str, _Series], *, nudged: bool,
    ) -> None:  # fmt: skip
        module, values = self._inputs(name, rng)
        watch = plain = Watch(module)
        quantities = {"loss": (watch.run(*values)[0], None)}
        if not series or _WEIGHTLESS in series:
            plain = Watch(module, plain=True)
            weightless = plain.run(*values)[0]
            quantities |= {_WEIGHTLESS: (weightless, None)} if plain.weighed else {}
        below = {n: r.nets for n, r in plain.found.items()}
        # a normaliser inside a target is a weight too: regressions are judged without theirs
        quantities |= {n: (r.value, watch.found[n].residual) for n, r in plain.found.items()}
        for quantity, (value, residual) in quantities.items():
            one = series.setdefault(quantity, _Series(nets=below.get(quantity, _nets(module))))
            slope = gradient(value.mean(), probes) if value.requires_grad else torch.zeros(1)
            if nudged:
                one.scale = float(slope.abs().max()) / _NUDGE
            else:
                one.gradients.append(slope)
                one.residuals += [] if residual is None else [rms(residual)]

    def _inputs(self, name: str, rng: torch.Generator) -> tuple[Any, list[Any]]:
        """The module of a group and one batch of its inputs, drawn as the program draws."""
        x, noise = self.truth.draws(self.examples, rng)
        batch = tuple(fields(self.truth.spec, x))
        drawn = self.program.draw(batch, name, rng, given=noise, progress=self.progress)
        groups = self.program.groups
        module = groups.module(groups.graphs.variant(name, (), drawn.steady, self.progress))
        known = {**drawn, "progress": torch.as_tensor(self.progress)}
        return module, [known[n] for n in module.meta["inputs"]]

    def _told(self, group: str, series: dict[str, _Series]) -> Iterator[Measurement]:
        weighed = _WEIGHTLESS in series
        spans = {n: node.span for n, node in self.program.graphs[group].by_name.items()}
        for quantity, one in series.items():
            if quantity == "loss" and one.scale == 0.0:
                one.scale = max(s.scale for s in series.values())
            mean = mean_of(one.gradients, one.scale)
            what, reason = verdict(mean, one.scale)
            what, reason = self._judged(one, quantity, what, reason, weighed)
            residual = max(one.residuals) if one.residuals else None
            if residual is not None and residual < 1e-9 and what == HOLDS:
                reason = f"vanishes at every example: {residual:.1e} at most"
            yield Measurement(
                self.law, group, quantity, what, reason, residual,
                mean.bias, mean.interval, mean.errors, spans.get(quantity),
            )  # fmt: skip

    def _judged(
        self, one: _Series, quantity: str, what: str, reason: str, weighed: bool
    ) -> tuple[str, str]:
        """A verdict, unless what is measured rests on more than the truth."""
        random = {n for n in one.nets & self.truth.undetermined if self._is_free(n)}
        if random:
            names = ", ".join(f"`{n}`" for n in sorted(random))
            return NOT_DECIDED, f"no identity says what {names} is: {reason}"
        if what == REFUTED and weighed and quantity == "loss":
            told = "the weight depends on the residual Δ, the stationary point is E[w Δ] = 0"
            return NOT_DECIDED, f"{told}: {reason}"
        notes = "; ".join(self.truth.notes)
        return what, f"{reason} ({notes})" if notes else reason

    def _is_free(self, weights: str) -> bool:
        """A learned weight may be anything: the truth must be stationary for each."""
        return self.truth.spec.weights[weights].role != "weight"


class _nudged:
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


def fields(spec: Elaborated, x: Tensor) -> Iterator[Tensor]:
    """The fields of the data: the points, and one label for all."""
    seen = False
    kinds = {t: s for d in spec.draws if d.law.name == "data" for t, s in _kinds(spec, d.names)}
    for is_label in kinds.values():
        if not is_label and seen:
            raise NotMeasured("the oracle has no law of data that come in pairs")
        seen = seen or not is_label
        yield torch.zeros(len(x), dtype=torch.int64) if is_label else x


def _kinds(spec: Elaborated, names: tuple[str, ...]) -> Iterator[tuple[str, bool]]:
    from fmdsl.terms.term import walk

    roots = [o.loss for o in spec.objectives]
    types = {t["name"]: t.type for t in walk(*roots) if t.op == "draw"}
    for i, name in enumerate(names):
        yield name, types[name] == LABEL if name in types else i > 0


def _nets(module: Any) -> frozenset[str]:
    output = next(n for n in module.graph.nodes if n.op == "output")
    return nets_below(output)


def refutes(found: Sequence[Measurement]) -> bool:
    """Whether any measurement says that the spec is wrong."""
    return any(m.verdict == REFUTED for m in found)
