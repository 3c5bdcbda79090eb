"""Functions of a spec's nets from its identities, made as one another ask for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import torch
from torch import Tensor

from fmdsl.oracle.clocked import Clocked, clocked
from fmdsl.oracle.evaluate import Evaluator, NotMeasured
from fmdsl.oracle.exact import Exact
from fmdsl.oracle.guided import Guided, guided, sample_names
from fmdsl.oracle.identity import solution
from fmdsl.oracle.law import Law
from fmdsl.oracle.namespace import DTYPE
from fmdsl.oracle.places import path_of_state, places
from fmdsl.oracle.stand import Function
from fmdsl.semantics.elaborated import Elaborated, Equation, Output
from fmdsl.terms.build import constant
from fmdsl.terms.term import Term, make, walk
from fmdsl.terms.types import point

#: What a teacher, or a further head of a net, is taken to be.
_ASSUMED = {"tangent": "the marginal velocity", "mean": "the mean of the data"}
#: States at which a velocity is looked at.
_TRIED = 48


class Maker:
    """Functions of a spec's outputs, made as others ask for them."""

    def __init__(self, spec: Elaborated, law: Law) -> None:
        self.spec, self.law = spec, law
        self.functions: dict[str, Function | None] = {}
        self.velocities: dict[str, Guided | None] = {}
        self.notes: list[str] = []
        self.error = 0.0

    def functions_of_nets(self) -> dict[str, Function | None]:
        """One function per output; None where nothing says what it is."""
        for output in self.spec.outputs.values():
            self.functions.setdefault(output.name, self._function(output))
        self._siblings()
        return self.functions

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
        asked = next((i for i, s in enumerate(output.inputs) if s.kind == "label"), None)

        def value(*place: Any) -> Tensor:
            told = plan(place, clock)
            label = None if asked is None else place[asked]
            return solved(self._exact(label, told).values({}, {}))

        return self._tried(value, output)

    def _tried(self, function: Function, output: Output) -> Function:
        """The function, once it has answered; beside the clean end where it has no value there.

        A consistency model's net has the weight 0 at the data, where any value will do.
        """
        end = self.law.path.ends[0]
        self._at(function, output, 0.37)
        if end is None or self._at(function, output, end).isfinite().all():
            return function

        def beside(*place: Any) -> Tensor:
            return function(*(_beside(a, end) for a in place))

        return beside

    def _at(self, function: Function, output: Output, clock: float) -> Tensor:
        """The function at some states and this clock, others a little apart from it."""
        z = torch.randn(3, self.law.dimension, dtype=DTYPE)
        times = (torch.full((3,), clock + 0.1 * i, dtype=DTYPE) for i in range(9))
        label = torch.arange(3) - 1
        place = [
            label if s.kind == "label" else next(times) if s.kind == "scalar" else z.abs() + 0.1
            for s in output.inputs
        ]
        return function(*place)

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

    def _exact(self, label: Any = None, told: Mapping[int, Any] | None = None) -> Exact:
        return Exact(self.law, self._other, self._named, label, told or {})

    def _named(self, name: str) -> Guided | None:
        """A function of the spec as a velocity; None where it is the law's own."""
        if name not in self.velocities:
            self._siblings()
            self.velocities[name] = self._velocity(name)
        return self.velocities[name]

    def _velocity(self, name: str) -> Guided | None:
        """Of a guided velocity its flow is integrated, as finely as states of the law ask for."""
        made = guided(self.spec, name)
        if made is None:
            raise NotMeasured(f"the oracle has no closed form of the flow of `{name}`")
        z, _ = self.law.pairs(_TRIED, torch.Generator().manual_seed(0))
        label = torch.arange(_TRIED) % 3 - 1
        names = sample_names(self.spec, label)
        exact = self._exact(label)
        t, r = (torch.linspace(*ends, _TRIED, dtype=DTYPE) for ends in ((0.2, 0.95), (0.1, 0.05)))

        def told(more: Mapping[str, Any], known: Mapping[int, Any]) -> Evaluator:
            return exact.values({**names, **more}, known)

        if torch.allclose(made.velocity(told, z, t), self.law.given(label).velocity(z, t)):
            return None
        made, error = made.stepped(told, z, t, r)
        self.notes.append(f"the flow of `{name}` is integrated, to {error:.0e}")
        self.error = max(self.error, error)
        return made

    def _siblings(self) -> None:
        """Teachers, and further heads of a net, that no identity speaks of."""
        known = {self.spec.outputs[n].weights for n, f in self.functions.items() if f is not None}
        for name, output in self.spec.outputs.items():
            function = self.functions.get(name)
            assumed = output.weights in known or output.role == "teacher"
            if function is None and assumed and output.kind in _ASSUMED:
                made = self._pointwise(output)
                if made is not None:
                    self.functions[name] = made
                    told = f"taken to be {_ASSUMED[output.kind]}: no identity says what it is"
                    self.notes.append(f"`{name}` is {told}")

    def _pointwise(self, output: Output) -> Function | None:
        state = next((i for i, s in enumerate(output.inputs) if s.kind == "point"), None)
        level = None if state is None else output.inputs[state].level
        slots = [i for i, s in enumerate(output.inputs) if s.clock and s.clock == _name(level)]
        if state is None or not (slots or isinstance(self.law, Clocked)):
            return None
        asked = next((i for i, s in enumerate(output.inputs) if s.kind == "label"), None)

        def value(*place: Any) -> Tensor:
            z = place[state]
            law = self.law.given(None if asked is None else place[asked])
            of = law.velocity if output.kind == "tangent" else law.mean_data
            return of(z, place[slots[0]] if slots else Clocked.clock(z))

        return value


def _spoken(term: Term) -> Iterator[Term]:
    """What an equation speaks of: not what a state or a mean is made of."""
    yield term.bare
    if path_of_state(term) is None and term.bare.op != "expect":
        for argument in term.bare.args:
            yield from _spoken(argument)


def _calls(term: Term, output: Output) -> bool:
    bare = term.op == "jet" and term["fn"] == output.name
    return bare and term["order"] == 0 and term["copy"] == "live"


def _beside(argument: Any, end: float) -> Any:
    """A clock at its end, a hair away from it."""
    if not isinstance(argument, Tensor) or argument.ndim > 1 or not argument.is_floating_point():
        return argument
    return torch.where(argument == end, argument + 1e-6, argument)


def _name(level: Any) -> str | None:
    return getattr(level, "id", None)
