"""What a method costs and what it must be given before it can be trained."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from fmdsl.lowering import explain
from fmdsl.lowering.groups import Variant
from fmdsl.lowering.program import Program
from fmdsl.lowering.stages import stage_at
from fmdsl.runtime.bench.tuned import PAIRS, TEACHERS, tuned
from fmdsl.runtime.data import Data
from fmdsl.runtime.preview import preview
from fmdsl.runtime.shapes import GIVEN, shape_of
from fmdsl.runtime.teachers import method_for
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.semantics.elaborated import Elaborated
from fmdsl.syntax.reader import read

#: At so many moments of training the cost of an update is looked at.
_MOMENTS = 40


@dataclass(frozen=True, slots=True)
class Method:
    """A spec by name or file, and the forwards of its nets that one update takes.

    nets: the weight sets that read a state. given: the method that trains each teacher.
    pairs: the method whose run makes its pairs of data and noise, if it trains on pairs.
    tuned: what its runs are told beside the common choices.
    lacks: what no other run can give, in words; empty for most.
    """

    source: str
    spec: str
    cost: float
    nets: tuple[str, ...]
    given: dict[str, str]
    pairs: str = ""
    tuned: tuple[str, ...] = ()
    lacks: str = ""

    @property
    def after(self) -> tuple[str, ...]:
        """The methods whose runs come first."""
        return tuple(dict.fromkeys((*self.given.values(), *filter(None, [self.pairs]))))

    def updates(self, forwards: float) -> int:
        """How many updates a budget allows, one at least."""
        return max(1, round(forwards / self.cost))


def method(source: str, data: Data, name: str) -> Method:
    """What there is to know of a spec before it is trained on data of this name."""
    told = tuned(elaborate_spec(read(source)))
    program = preview(source, name, settings=_settings(told))
    e: Elaborated = program.spec
    nets = tuple(n for n in e.weights if {"point", "vector"} & {*shape_of(e, n, data).inputs})
    given = {n: _teacher(e, n, data) for n, o in e.weights.items() if o.role in GIVEN}
    pairs = PAIRS if _trains_on_pairs(e) else ""
    if pairs:
        given |= dict.fromkeys(nets, pairs)  # a further round starts from the one before
    lacks = [f"a teacher `{n}` that no shipped method trains" for n, m in given.items() if not m]
    return Method(
        source, e.spec.name, cost(program, nets), nets, given, pairs, told, "; ".join(lacks)
    )


def cost(program: Program, nets: tuple[str, ...]) -> float:
    """Forwards of an update on the whole batch, derivatives included, backward passes not.

    The mean over training: groups count by their cadence, stages by their share, and a branch
    on progress only while it is taken. Nets that read no state are small: learned weights and
    heads on the features of others do not count.
    """
    graphs, taken = program.groups.graphs, defaultdict[Variant, float](float)
    for i in range(_MOMENTS):
        progress = (i + 0.5) / _MOMENTS
        for o in stage_at(program.spec, progress):
            taken[graphs.variant(o.name, (), True, progress)] += 1 / (o.every * _MOMENTS)
    return round(sum(n * _forwards(program, v, nets) for v, n in taken.items()), 6)


def _forwards(program: Program, variant: Variant, nets: tuple[str, ...]) -> float:
    graph = program.groups.graphs.made(variant)
    calls = explain.rows({variant.group: graph}, program.groups.planned)
    return sum(c.cost for c in calls if _weights(program.spec, c) in nets)


def _weights(e: Elaborated, call: explain.Row) -> str:
    """Whose call it is: `u(z, t)`, `D u(z, t) along ...`, `u ema(0.95)(z, t)`."""
    name = call.call.removeprefix("D ").partition("(")[0].split()[0]
    return e.outputs[name].weights if name in e.outputs else ""


def _settings(told: tuple[str, ...]) -> dict[str, float]:
    texts = (text.removeprefix("settings.") for text in told if text.startswith("settings."))
    return {name: float(value) for name, _, value in (text.partition("=") for text in texts)}


def _teacher(e: Elaborated, name: str, data: Data) -> str:
    """The method that trains a teacher; empty where none is known."""
    told = TEACHERS.get((e.spec.name, name))
    return told[0] if told else method_for(e, name, data) or ""


def _trains_on_pairs(e: Elaborated) -> bool:
    return any("noise" in drawn.law.fields for drawn in e.draws)
