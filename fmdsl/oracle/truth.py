"""The truth of every net of a spec: what its identities say it is, as a torch module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.oracle.clocked import Clocked, clocked
from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.exact import Exact
from fmdsl.oracle.gaussian import gaussian
from fmdsl.oracle.identity import solution
from fmdsl.oracle.law import Law
from fmdsl.oracle.mixture import mixture
from fmdsl.oracle.namespace import DTYPE
from fmdsl.oracle.path import Path, path_of
from fmdsl.oracle.places import path_of_state, places
from fmdsl.oracle.stand import Function, Stand
from fmdsl.semantics.elaborated import Elaborated, Equation, Output
from fmdsl.terms.build import constant
from fmdsl.terms.term import Term, make, walk
from fmdsl.terms.types import point

#: Laws by name, each made for a path.
LAWS = {"gaussian": gaussian, "mixture": mixture}


@dataclass(frozen=True, slots=True)
class Truth:
    """Modules for `compile(spec, nets=truth.nets)`, and what each of them is.

    undetermined: weight sets of which nothing says what they are; they are random.
    notes: what was assumed, in words.
    """

    spec: Elaborated
    law: Law
    nets: dict[str, nn.Module]
    functions: Mapping[str, Function]
    undetermined: frozenset[str]
    notes: tuple[str, ...]

    def draws(self, count: int, rng: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        """Data, and the noise where the law is not free to leave it to the program."""
        x = self.law.data(count, rng)
        if not isinstance(self.law, Clocked):
            return x, {}
        names = [n for d in self.spec.draws if d.law.name == "noise" for n in d.names]
        return x, {n: self.law.noise(count, rng) for n in names}


def law_for(spec: Elaborated, law: str = "gaussian", **options: Any) -> Law:
    """A law of this name on the spec's path, with the options of its maker."""
    return LAWS[law](spec_path(spec), **options)


def truth(spec: Elaborated, law: Law | str = "gaussian", seed: int = 0) -> Truth:
    """What every net of a spec is at the optimum, for data of a law.

    Raises NotMeasured, with the reason, where the oracle has no closed form of it.
    """
    made = law if isinstance(law, Law) else law_for(spec, law)
    return _Maker(spec, made).made(seed)


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


class _Maker:
    """Functions of a spec's outputs, made as others ask for them."""

    def __init__(self, spec: Elaborated, law: Law) -> None:
        self.spec, self.law = spec, law
        self.functions: dict[str, Function | None] = {}
        self.notes: list[str] = []

    def made(self, seed: int) -> Truth:
        for output in self.spec.outputs.values():
            self.functions.setdefault(output.name, self._function(output))
        self._siblings()
        nets = {n: self._net(n, seed + i) for i, n in enumerate(self.spec.weights)}
        free = {o.weights for o in self.spec.outputs.values() if not self.functions[o.name]}
        known = {n: f for n, f in self.functions.items() if f is not None}
        notes = tuple(dict.fromkeys(self.notes))
        return Truth(self.spec, self.law, nets, known, frozenset(free), notes)

    def _net(self, weights: str, seed: int) -> nn.Module:
        outputs = [o for o in self.spec.outputs.values() if o.weights == weights]
        functions = [self.functions[o.name] for o in outputs]
        net = Stand(outputs, functions, self.law.dimension, seed)
        return net.requires_grad_(outputs[0].is_trained)

    def _function(self, output: Output) -> Function | None:
        for equation in (*self.spec.equations, *self._generator()):
            sides = (equation.left, equation.right)
            calls = {t.key: t for side in sides for t in _spoken(side) if _calls(t, output)}
            if len(calls) == 1:
                return self._solved(equation, next(iter(calls.values())).bare, output)
        return None

    def _generator(self) -> tuple[Equation, ...]:
        """Of a one-shot generator: its sample is where the flow takes the noise."""
        sampler, (data, noise) = self.spec.sampler, self.law.path.ends
        if sampler is None or sampler.kind != "draw" or data is None or noise is None:
            return ()
        start = [t for t in walk(sampler.body) if t.op == "param" and t.type.is_vector]
        if len({t.key for t in start}) != 1:
            return ()
        ends = (constant(str(noise)), constant(str(data)))
        flow = make("jet", start[0], *ends, type=point(None), fn="flow", order=0, copy="exact")
        return (Equation(sampler.body, flow, sampler.span),)

    def _solved(self, equation: Equation, call: Term, output: Output) -> Function:
        plan = places(call, output)
        clock = self._clock() if plan.hidden is not None else None
        held = frozenset(k for k, _ in plan.slots) | {s.unknown.key for s in plan.solved}
        solved = solution(equation.left, equation.right, call, held)
        if any(t.op == "param" for t in walk(call)):
            self.notes.append(f"`{output.name}` is taken to carry noise along the law's own flow")
        self._of_generated(equation)
        exact = Exact(self.law, self._other)

        def value(*place: Any) -> Tensor:
            return solved(Evaluator({}, plan(place, clock), exact.jet, exact.expect))

        return value

    def _clock(self) -> Any:
        if not isinstance(self.law, Clocked):
            told = clocked(self.law)
            if told is None:
                raise NotMeasured("a net is not told its clock, which the state cannot tell here")
            self.law = told
            self.notes.append("the state carries its clock as one more coordinate")
        return Clocked.clock

    def _of_generated(self, equation: Equation) -> None:
        """A denoiser of generated samples is that of the data once the generator is right."""
        for term in walk(equation.left, equation.right):
            path = path_of_state(term.args[1]) if term.op == "expect" else None
            if path is None:
                continue
            noise = {n for d in self.spec.draws if d.law.name == "noise" for n in d.names}
            data = {n for d in self.spec.draws if d.law.name == "data" for n in d.names}
            if path.args[1].bare.op != "draw" and not self._generator():
                raise NotMeasured("the oracle does not know the law of the generated samples")
            if not path.args[2].free <= noise or not path.args[1].free <= noise | data:
                raise NotMeasured("the oracle has no law of this coupling of data and noise")

    def _other(self, name: str, place: list[Any]) -> Any:
        function = self.functions.get(name)
        if function is None:
            function = self.functions[name] = self._function(self.spec.outputs[name])
        if function is None:
            raise NotMeasured(f"no identity says what `{name}` is")
        return function(*place)

    def _siblings(self) -> None:
        """Teachers, and further heads of a net, that no identity speaks of."""
        known = {self.spec.outputs[n].weights for n, f in self.functions.items() if f is not None}
        for name, function in self.functions.items():
            output = self.spec.outputs[name]
            assumed = output.weights in known or output.role == "teacher"
            if function is None and assumed and output.kind == "tangent":
                self.functions[name] = self._velocity(output)
                if self.functions[name] is not None:
                    told = "is taken to be the marginal velocity: no identity says what it is"
                    self.notes.append(f"`{name}` {told}")

    def _velocity(self, output: Output) -> Function | None:
        state = next((i for i, s in enumerate(output.inputs) if s.kind == "point"), None)
        level = None if state is None else output.inputs[state].level
        slots = [i for i, s in enumerate(output.inputs) if s.clock and s.clock == _name(level)]
        if state is None or not (slots or isinstance(self.law, Clocked)):
            return None
        law = self.law

        def velocity(*place: Any) -> Tensor:
            z = place[state]
            return law.velocity(z, place[slots[0]] if slots else Clocked.clock(z))

        return velocity


def _spoken(term: Term) -> Iterator[Term]:
    """What an equation speaks of: not what a state or a mean is made of."""
    yield term.bare
    if path_of_state(term) is None and term.bare.op != "expect":
        for argument in term.bare.args:
            yield from _spoken(argument)


def _calls(term: Term, output: Output) -> bool:
    bare = term.op == "jet" and term["fn"] == output.name
    return bare and term["order"] == 0 and term["copy"] == "live"


def _name(level: Any) -> str | None:
    return getattr(level, "id", None)


__all__ = ["DTYPE", "LAWS", "NotMeasured", "Truth", "law_for", "spec_path", "truth"]
