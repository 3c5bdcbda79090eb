"""A spec made executable: losses, draws, moving averages and samples as one torch module."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from fractions import Fraction
from typing import Any

import torch
from torch import Tensor, fx, nn

from fmdsl.graph.build import objective_graph
from fmdsl.graph.node import Graph, Node
from fmdsl.lowering import bank as banks
from fmdsl.lowering import explain, laws, watch
from fmdsl.lowering.adapter import null_label
from fmdsl.lowering.batch import Batch, data_of, fields, first_of
from fmdsl.lowering.calls import Call, Jvp
from fmdsl.lowering.error import CompileError, unknown_choice
from fmdsl.lowering.lower import code, lower, plain_name
from fmdsl.lowering.plan import AUTO, Choice, Planned, plan
from fmdsl.lowering.rng import Random
from fmdsl.lowering.sampler import Sampler, Solver
from fmdsl.lowering.split import splits
from fmdsl.passes import DEFAULT, run
from fmdsl.semantics.elaborated import Drawn, Elaborated, Objective


class Losses(dict[str, Tensor]):
    """A loss per group that ran, each the mean over the batch; `asked` values by name."""

    asked: dict[str, Tensor]


class Draws(dict[str, Tensor]):
    """Drawn quantities; `steady` says that equal rows are where a program counts on them."""

    steady: bool = False


class Program(nn.Module):
    """`losses = program(batch)`; backward; done.

    Made by `fmdsl.compile`. A group's loss leaves gradient in the nets that the group names
    and nowhere else. `nets` are the weight sets as given, `copies` their moving averages.
    """

    def __init__(
        self,
        spec: Elaborated,
        nets: Mapping[str, nn.Module],
        *,
        derivative: Choice = AUTO,
        passes: Collection[str] = DEFAULT,
        debug: bool = False,
    ) -> None:
        super().__init__()
        self.spec, self.passes, self.debug = spec, tuple(passes), debug
        self.derivative = derivative
        self.objectives = {o.name: o for o in spec.objectives}
        self.graphs = {n: self._graph(o, (), self.passes) for n, o in self.objectives.items()}
        self.cuts = {name: splits(graph) for name, graph in self.graphs.items()}
        self.data = data_of(spec)
        self.drawn = tuple(n for d in spec.draws for n in d.names)
        self.lines = {n: self._lines(o.loss.free) for n, o in self.objectives.items()}
        self.nets = nn.ModuleDict(nets)
        copied = banks.copies_of(nets, tuple(self.graphs.values()))
        self.followed = {banks.key(*pair): pair for pair in copied}
        self.copies = nn.ModuleDict({banks.key(*pair): m for pair, m in copied.items()})
        self.bank = banks.Bank(self.nets, self.copies)
        self.lowered = nn.ModuleDict({_key(n): self._lower(g) for n, g in self.graphs.items()})
        self.undivided = nn.ModuleDict({
            _key(n): self._lower(self._graph(o, (), self._without_split))
            for n, o in self.objectives.items()
            if self.cuts[n]
        })  # fmt: skip
        self._asked: dict[Any, fx.GraphModule] = {}
        self.sampler = Sampler(spec, self._lower) if spec.sampler else None
        self.train(self.training)

    # ---- losses

    def forward(
        self,
        batch: Batch,
        group: str | Iterable[str] | None = None,
        draws: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        ask: Iterable[str] = (),
        rng: Random | torch.Generator | None = None,
    ) -> Losses:
        """The loss of each group, by name: the mean over the batch, a tensor without axes.

        batch: named fields in order, a tensor, or a tuple; [B, ...] each.
        group: one, several, or all of the stage that `progress` lies in.
        draws: quantities to use in place of drawn ones; nothing is drawn that is given.
        ask: names of lets, draws and groups whose values per example are wanted as well;
            they stand, without gradient, in `.asked`.
        """
        ask = tuple(ask)
        losses = Losses()
        losses.asked = {}
        for name in self._chosen(group, progress):
            self._run(name, batch, draws or {}, progress, ask, rng, losses)
        return losses

    def _run(
        self, name: str, batch: Batch, given: Mapping[str, Tensor], progress: float | Tensor,
        ask: tuple[str, ...], rng: Random | torch.Generator | None, losses: Losses,
    ) -> None:  # fmt: skip
        lets = self._lets(ask, losses)
        drawn = self.draw(batch, name, rng, given=given, progress=progress, ask=ask)
        module, order = self._module(name, lets, drawn)
        values = self._values(drawn, order, progress)
        loss, *found = module(*(values[n] for n in order))
        losses[name] = loss.mean() if isinstance(loss, Tensor) else torch.tensor(float(loss))
        if ask:
            here = dict(zip(lets, found)) | {n: drawn[n] for n in ask if n in drawn}
            here |= {name: loss} if name in ask else {}
            for key, value in here.items():
                losses.asked.setdefault(key, torch.as_tensor(value).detach())

    def _lets(self, ask: tuple[str, ...], losses: Losses) -> tuple[str, ...]:
        for name in ask:
            if not any(name in known for known in (self.spec.lets, self.drawn, self.objectives)):
                known = (*self.spec.lets, *self.drawn, *self.objectives)
                raise CompileError([unknown_choice("let, draw or group", name, known)])
        return tuple(n for n in ask if n in self.spec.lets and n not in losses.asked)

    def _module(
        self, name: str, lets: tuple[str, ...], drawn: Draws
    ) -> tuple[fx.GraphModule, tuple[str, ...]]:
        whole = _key(name) in self.undivided and not drawn.steady
        if lets:
            made = self._asking(name, lets, whole)
        else:
            made = (self.undivided if whole else self.lowered)[_key(name)]
        return made, made.meta["inputs"]

    def _asking(self, name: str, lets: tuple[str, ...], whole: bool) -> fx.GraphModule:
        """The group's module with these lets among its outputs, made when first asked."""
        key = (name, lets, whole)
        if key not in self._asked:
            passes = self._without_split if whole else self.passes
            self._asked[key] = self._lower(self._graph(self.objectives[name], lets, passes))
        return self._asked[key]

    def _values(self, drawn: Draws, order: tuple[str, ...], progress: Any) -> dict[str, Any]:
        if "progress" not in order:
            return drawn
        like = next(iter(drawn.values()))
        return {**drawn, "progress": torch.as_tensor(progress, device=like.device)}

    # ---- draws

    def draw(
        self,
        batch: Batch,
        group: str | None = None,
        rng: Random | torch.Generator | None = None,
        *,
        given: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        ask: Iterable[str] = (),
    ) -> Draws:
        """Every quantity that a group draws, those of the data included, by name.

        What is `given` is not drawn. `group` may be left out where there is one only.
        """
        name = group or next(iter(self.objectives))
        self._known(name)
        given = given or {}
        self._check_given(given)
        found = Draws(fields(batch, self.data))
        found.update(given)
        like = self._like(batch, found)
        found.steady = self._steady(name, like.shape[0], given)
        lines = self.lines[name] + self._more(name, tuple(ask))
        if any(n not in found for d in lines for n in d.names):
            laws.fill(found, lines, _source(rng), like, progress, found.steady)
        return found

    def _like(self, batch: Batch, found: Mapping[str, Tensor]) -> Tensor:
        points = [found[n] for d in self.data for n in d.names if found[n].is_floating_point()]
        return points[0] if points else first_of(batch)

    def _lines(self, names: Iterable[str]) -> tuple[Drawn, ...]:
        """Draw lines behind these quantities, those of the data apart."""
        return tuple(d for d in laws.needed(self.spec.draws, names) if d.law.name != "data")

    def _more(self, name: str, ask: tuple[str, ...]) -> tuple[Drawn, ...]:
        """Draw lines that only what is asked needs: they come last, and change no other."""
        if not ask:
            return ()
        terms = [self.spec.lets[a].free if a in self.spec.lets else {a} for a in ask]
        more = self._lines(frozenset[str]().union(*terms))
        return tuple(m for m in more if m not in self.lines[name])

    def _steady(self, name: str, rows: int, given: Mapping[str, Tensor]) -> bool:
        """Whether the batch is split: the first rows are then equal, a rounded share of them."""
        cuts = self.cuts[name]
        touched = any({c.low, c.high} & set(given) for c in cuts)
        if not cuts or not all(c.cuts(rows) for c in cuts):
            return False
        return not touched or getattr(given, "steady", False)

    def _check_given(self, given: Mapping[str, Tensor]) -> None:
        for name in given:
            if name not in self.drawn:
                raise CompileError([unknown_choice("draw", name, self.drawn)])

    # ---- groups

    def due(self, step: int, progress: float) -> tuple[str, ...]:
        """The groups to run at this step: those of the stage, each as often as it says."""
        return tuple(o.name for o in self._stage(progress) if step % o.every == 0)

    def _stage(self, progress: float | Tensor) -> list[Objective]:
        at = float(progress)
        end = 0.0
        for stage, share in self.spec.stages:
            end += share
            if at < end - 1e-9 or stage == self.spec.stages[-1][0]:
                return [o for o in self.spec.objectives if o.stage == stage]
        raise AssertionError(progress)

    def _chosen(self, group: Any, progress: float | Tensor) -> tuple[str, ...]:
        if group is None:
            if len(self.spec.stages) == 1:
                return tuple(self.objectives)
            return tuple(o.name for o in self._stage(progress))
        names = (group,) if isinstance(group, str) else tuple(group)
        for name in names:
            self._known(name)
        return names

    def _known(self, name: str) -> None:
        if name not in self.objectives:
            raise CompileError([unknown_choice("group", name, self.objectives)])

    def trained(self, group: str) -> list[nn.Parameter]:
        """The parameters that a group moves."""
        self._known(group)
        sets = dict.fromkeys(self.spec.outputs[n].weights for n in self.objectives[group].nets)
        return [p for name in sets for p in self.nets[name].parameters()]

    # ---- nets

    @property
    def weights(self) -> dict[str, nn.Module]:
        """The modules by weight set, trained and given."""
        return dict(self.nets.items())

    def follow(self) -> None:
        """Let the moving averages follow their nets; call it after the optimizer's step."""
        for key, (net, copy) in self.followed.items():
            banks.follow(self.copies[key], self.nets[net], banks.decay(copy))

    def train(self, mode: bool = True) -> Program:
        """Set the trained nets' mode; what is given and what follows stays in eval mode."""
        super().train(mode)
        given = [n for n, o in self.spec.weights.items() if not o.is_trained]
        for module in (*(self.nets[n] for n in given), *self.copies.values()):
            module.eval()
        return self

    # ---- what it is made of

    @property
    def code(self) -> str:
        """The groups' torch code, and the sampler's."""
        parts = [f"# {name}\n{code(self.lowered[_key(name)])}" for name in self.graphs]
        if self.sampler is not None:
            parts.append(f"# sample\n{code(self.sampler.module)}")
        return "\n".join(parts)

    def explain(self) -> list[explain.Row]:
        """One row for each net call of a step: how it is made, why, and its cost in forwards."""
        return explain.rows(self.graphs, self.planned)

    def planned(self, node: Node) -> Planned:
        return plan(node, self.derivative)

    def first_nonfinite(
        self,
        batch: Batch,
        group: str | None = None,
        draws: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        rng: Random | torch.Generator | None = None,
    ) -> str | None:
        """The name of the first value that is not finite, in the spec's own words; else None.

        Give the draws of the step that failed, or others are drawn.
        """
        for name in self._chosen(group, progress):
            drawn = self.draw(batch, name, rng, given=draws, progress=progress)
            module, order = self._module(name, (), drawn)
            values = self._values(drawn, order, progress)
            found = watch.first_nonfinite(module, [values[n] for n in order])
            if found is not None:
                return found
        return None

    def sample(
        self,
        noise: Tensor,
        *,
        label: Tensor | int | None = None,
        steps: int | None = None,
        times: Iterable[float] | None = None,
        nets: str | Mapping[str, nn.Module] = "live",
        rng: Random | torch.Generator | None = None,
        solver: Solver = "euler",
        on_step: Callable[[int, float, Tensor], None] | None = None,
    ) -> Tensor:
        """Samples from noise [B, ...], by the spec's own rule; see `Sampler.__call__`."""
        if self.sampler is None:
            raise CompileError([unknown_choice("key", "sample", ())])
        other = {} if isinstance(nets, str) else nets
        with self.bank.instead(other):
            return self.sampler(noise, label, steps, times, _source(rng), solver, on_step)

    # ---- making

    @property
    def _without_split(self) -> tuple[str, ...]:
        return tuple(p for p in self.passes if p != "diagonal")

    def _graph(self, objective: Objective, ask: tuple[str, ...], passes: Collection[str]) -> Graph:
        return run(objective_graph(self.spec, objective, ask), passes, debug=self.debug)

    def _lower(self, graph: Graph) -> fx.GraphModule:
        made = lower(graph, self._caller, self._null)
        made.meta["inputs"] = tuple(node.name for node in graph.inputs)
        return made

    def _caller(self, node: Node) -> nn.Module:
        if node.op == "call":
            return Call(self.bank, node)
        return Jvp(self.bank, node, self.planned(node).strategy)

    def _null(self, net: str) -> int | None:
        return null_label(self.nets[net])


def _key(group: str) -> str:
    return plain_name(group.replace("+", "_and_"))


def _source(rng: Random | torch.Generator | None) -> Random:
    return rng if isinstance(rng, Random) else Random(rng)


def setting(value: Any) -> Fraction:
    """A number as the exact one that it prints as. Raises ValueError."""
    return Fraction(str(value))
