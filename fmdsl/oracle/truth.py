"""The truth of every net of a spec: what its identities say it is, as a torch module."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.oracle.clocked import Clocked
from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.gaussian import gaussian
from fmdsl.oracle.law import Law
from fmdsl.oracle.maker import Maker
from fmdsl.oracle.mixture import mixture
from fmdsl.oracle.path import Path, path_of
from fmdsl.oracle.stand import Function, Stand
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.terms.term import walk

#: Laws by name, each made for a path.
LAWS = {"gaussian": gaussian, "mixture": mixture}


@dataclass(frozen=True, slots=True)
class Truth:
    """Modules for `compile(spec, nets=truth.nets)`, and what each of them is.

    undetermined: weight sets of which nothing says what they are; they are random.
    notes: what was assumed, in words.
    error: of flows that are integrated, root mean square; 0 where all is in closed form.
    """

    spec: Elaborated
    law: Law
    nets: dict[str, nn.Module]
    functions: Mapping[str, Function]
    undetermined: frozenset[str]
    notes: tuple[str, ...]
    error: float = 0.0

    def draws(
        self, count: int, rng: torch.Generator
    ) -> tuple[tuple[Tensor, Tensor], dict[str, Tensor]]:
        """Labelled data, and the noise where the law is not free to leave it to the program."""
        data = self.law.data(count, rng)
        if not isinstance(self.law, Clocked):
            return data, {}
        names = [n for d in self.spec.draws if d.law.name == "noise" for n in d.names]
        return data, {n: self.law.noise(count, rng) for n in names}


def law_for(spec: Elaborated, law: str = "gaussian", **options: Any) -> Law:
    """A law of this name on the spec's path, with the options of its maker."""
    return LAWS[law](spec_path(spec), **options)


def truth(spec: Elaborated, law: Law | str = "gaussian", seed: int = 0) -> Truth:
    """What every net of a spec is at the optimum, for data of a law.

    Raises NotMeasured, with the reason, where the oracle has no closed form of it.
    """
    made = law if isinstance(law, Law) else law_for(spec, law)
    maker = Maker(spec, made)
    functions = maker.functions_of_nets()
    nets = {n: _net(spec, maker.law, functions, n, seed + i) for i, n in enumerate(spec.weights)}
    free = {o.weights for o in spec.outputs.values() if functions[o.name] is None}
    known = {n: f for n, f in functions.items() if f is not None}
    notes = tuple(dict.fromkeys(maker.notes))
    return Truth(spec, maker.law, nets, known, frozenset(free), notes, maker.error)


def _net(
    spec: Elaborated, law: Law, functions: Mapping[str, Function | None], weights: str, seed: int
) -> nn.Module:
    outputs = [o for o in spec.outputs.values() if o.weights == weights]
    net = Stand(outputs, [functions[o.name] for o in outputs], law.dimension, seed)
    return net.requires_grad_(outputs[0].is_trained)


def spec_path(spec: Elaborated) -> Path:
    """The path of a spec with the scale that its noise has there."""
    if len(spec.routes) > 1:
        raise NotMeasured("the oracle has no law of several states")
    if spec.spec.space is not None:
        raise NotMeasured("the oracle has no closed forms on a curved space")
    return path_of(spec, scale=_scale(spec))


def _scale(spec: Elaborated) -> float:
    """The standard deviation of the noise end: 0.5 in `path(x, 0.5 * e, t)`."""
    found: set[float] = set()
    names = {n: 1.0 for d in spec.draws if d.law.name == "noise" for n in d.names}
    for term in walk(*(o.loss for o in spec.objectives)):
        if term.op == "path":
            try:
                value = Evaluator(names)(term.args[2])
            except NotMeasured:
                continue
            found |= {round(value, 12)} if isinstance(value, float) else set()
    if len(found) > 1:
        raise NotMeasured("the paths of the spec have noise of several scales")
    return found.pop() if found else 1.0
