"""The fx modules of a program's groups: one each, and the variants that a call may ask for."""

from __future__ import annotations

from collections.abc import Collection, Hashable
from dataclasses import dataclass

from torch import Tensor, fx, nn

from fmdsl.graph.build import objective_graph
from fmdsl.graph.node import Graph, Node
from fmdsl.lowering.adapter import null_label
from fmdsl.lowering.bank import Bank
from fmdsl.lowering.branches import Truths, conditions, taken, truths
from fmdsl.lowering.calls import Call, Jvp
from fmdsl.lowering.derivatives.derivative import Derivative
from fmdsl.lowering.derivatives.planner import AUTO, STRATEGIES, Choice, Planned, wish
from fmdsl.lowering.derivatives.traced import Traced
from fmdsl.lowering.error import CompileError, unknown_choice
from fmdsl.lowering.lower import lower
from fmdsl.lowering.split import splits
from fmdsl.passes import run
from fmdsl.semantics.elaborated import Elaborated


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to compute a group's loss.

    lets: values wanted beside the loss. whole: no row skips a derivative, because the caller
    chose the clocks or it does not pay. truth: the branches taken at this progress. batched:
    calls of one net are made at once.
    """

    group: str
    lets: tuple[str, ...] = ()
    whole: bool = False
    truth: Truths = ()
    batched: bool = False


class Graphs:
    """The graphs of a spec's objectives after passes."""

    def __init__(self, spec: Elaborated, passes: Collection[str], debug: bool) -> None:
        self.objectives = {o.name: o for o in spec.objectives}
        self.spec, self.debug = spec, debug
        self.passes = tuple(passes)
        self.plain = {n: objective_graph(spec, o) for n, o in self.objectives.items()}
        self.all = {n: run(g, self.passes, debug=debug) for n, g in self.plain.items()}
        self.cuts = {n: splits(g) for n, g in self.all.items()}
        self.branching = {n for n, g in self.plain.items() if conditions(g)}

    def made(self, variant: Variant) -> Graph:
        """The graph of a variant."""
        passes = tuple(p for p in self.passes if p != "diagonal" or not variant.whole)
        passes += ("batch_calls",) if variant.batched else ()
        graph = objective_graph(self.spec, self.objectives[variant.group], variant.lets)
        if variant.truth:
            graph = taken(graph, variant.truth)
        return run(graph, passes, debug=self.debug)

    def variant(
        self,
        group: str,
        lets: tuple[str, ...],
        steady: bool,
        progress: float | Tensor,
        batched: bool = False,
    ) -> Variant:
        """The variant that a call needs."""
        truth = truths(self.plain[group], float(progress)) if group in self.branching else ()
        return Variant(group, lets, bool(self.cuts[group]) and not steady, truth, batched)


class Groups(nn.Module):
    """The modules that compute the losses; those of plain calls are made at once."""

    def __init__(self, graphs: Graphs, bank: Bank, derivative: Choice) -> None:
        super().__init__()
        self.graphs, self.bank, self.derivative = graphs, bank, derivative
        self.made: dict[Variant, fx.GraphModule] = {}
        self.jvps: dict[Hashable, Jvp] = {}
        for name in graphs.all:
            if name not in graphs.branching:
                self.module(Variant(name))
                if graphs.cuts[name]:
                    self.module(Variant(name, whole=True))

    def module(self, variant: Variant) -> fx.GraphModule:
        """The fx module of a variant, made when it is first asked for."""
        if variant not in self.made:
            self.made[variant] = self.lowered(self.graphs.made(variant))
        return self.made[variant]

    def code_of(self, group: str) -> fx.GraphModule:
        """The module that is shown: of the whole graph, every branch in it."""
        if group in self.graphs.branching:
            return self.lowered(self.graphs.all[group])
        return self.module(Variant(group))

    def lowered(self, graph: Graph) -> fx.GraphModule:
        """A graph as an fx module; `meta["inputs"]` are its inputs in order."""
        made = lower(graph, self._caller, self._null)
        made.meta["inputs"] = tuple(node.name for node in graph.inputs)
        return made

    @property
    def parted(self) -> bool:
        """Whether a net whose rows are split is called twice: a trace does both in one call."""
        for jvp in self.jvps.values():
            if jvp.record or not isinstance(jvp.planned.strategy, Traced):
                return True
        return False

    @property
    def work(self) -> float | None:
        """Of an operator of the nets that are differentiated, the least; None before a call."""
        known = [jvp.work for jvp in self.jvps.values()]
        return None if None in known else min((w for w in known if w is not None), default=0.0)

    def planned(self, node: Node) -> Planned:
        """How a derivative is taken, and why: as its last call took it, once there was one."""
        return self._jvp(node).planned

    def _caller(self, node: Node) -> nn.Module:
        return Call(self.bank, node) if node.op == "call" else self._jvp(node)

    def _jvp(self, node: Node) -> Jvp:
        """One for each kind of derivative: it is planned, and traced, once."""
        kind = (node.attrs, node.arity)
        if kind not in self.jvps:
            self.jvps[kind] = Jvp(self.bank, node, self._word(node["net"]))
        return self.jvps[kind]

    def _word(self, net: str) -> str | Derivative:
        word = wish(self.derivative, net)
        if isinstance(word, str) and word not in (AUTO, *STRATEGIES):
            raise CompileError([unknown_choice("derivative", word, (AUTO, *STRATEGIES))])
        return word

    def _null(self, net: str) -> int | None:
        return null_label(self.bank.nets[net])
