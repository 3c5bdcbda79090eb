"""A spec made executable: losses, draws, moving averages and samples as one torch module."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.graph.node import Graph
from fmdsl.lowering import bank as banks
from fmdsl.lowering import choose, explain, stages, watch
from fmdsl.lowering.batch import Batch, first_of
from fmdsl.lowering.derivatives.planner import AUTO, Choice
from fmdsl.lowering.drawing import Drawing, Draws, Source, alike, random
from fmdsl.lowering.error import CompileError, unknown_choice
from fmdsl.lowering.groups import Graphs, Groups, Variant
from fmdsl.lowering.losses import Losses
from fmdsl.lowering.lower import code
from fmdsl.lowering.ranks import several, tell_apart
from fmdsl.lowering.ready import Ready
from fmdsl.lowering.sampler import OnStep, Sampler, Solver
from fmdsl.lowering.whole import Whole, untouched
from fmdsl.passes import DEFAULT
from fmdsl.semantics.decays import value_at
from fmdsl.semantics.elaborated import Elaborated


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
        self.spec = spec
        self.objectives = {o.name: o for o in spec.objectives}
        #: The groups of every step, where there are no stages.
        self.unstaged = tuple(self.objectives) if len(spec.stages) == 1 else ()
        made = Graphs(spec, passes, debug)
        copied = banks.copies_of(nets, tuple(made.all.values()))
        self.followed = {banks.key(*pair): pair for pair in copied}
        self.nets = nn.ModuleDict(nets)
        self.copies = nn.ModuleDict({banks.key(*pair): m for pair, m in copied.items()})
        self.bank = banks.Bank(self.nets, self.copies)
        self.groups = Groups(made, self.bank, derivative)
        self.drawing = Drawing(spec, made.cuts)
        self.sampler = Sampler(spec, self.groups.lowered) if spec.sampler else None
        self.whole: Whole | None = None
        # Passes that are asked for are run as they are, whether they pay here or not.
        self.ready = Ready(self.groups, self.bank, weighed=passes is DEFAULT)
        self.train(self.training)

    # ---- losses and draws

    def forward(
        self,
        batch: Batch,
        group: str | Iterable[str] | None = None,
        draws: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        ask: Iterable[str] = (),
        rng: Source = None,
    ) -> Losses:
        """The loss of each group, by name: the mean over the batch, a tensor without axes.

        batch: named fields in order, a tensor, or a tuple; [B, ...] each.
        group: one, several, or all of the stage that `progress` lies in.
        draws: quantities to use in place of drawn ones; nothing is drawn that is given.
        ask: names of lets, draws and groups whose values per example are wanted as well;
            they stand, without gradient, in `.asked`.
        """
        ask = tuple(ask)
        if several():
            tell_apart(self, self.nets)
        losses = Losses()
        every = self.unstaged if group is None else None
        lets: tuple[str, ...] = ()
        for name in every or choose.groups(self.spec, group, progress):
            if ask:
                lets = choose.lets(self.spec, self.drawing.names, ask, losses.asked)
            drawn = self.drawing(batch, name, rng, draws or {}, progress, ask)
            values, module = self.ready(name, lets, drawn, progress)
            loss, *found = self._run(name, module, values, bool(ask))
            losses[name] = loss.mean() if isinstance(loss, Tensor) else torch.tensor(float(loss))
            if ask:
                losses.answer(ask, {**drawn, **dict(zip(lets, found)), name: loss})
        return losses

    def compile(self, **options: Any) -> None:
        """From now on each group's loss is one compiled graph, its derivative included.

        In place, as `nn.Module.compile` is. Draws are made outside of the graph; take
        `backward` outside too. A group is compiled at its first call of a kind (batch,
        precision, modes), where its loss and gradient are compared with the eager ones; where
        that fails it stays eager and a warning says why. A call that asks values back is eager.

        options: of `torch.compile`, such as `mode="max-autotune"` or `backend="aot_eager"`.
        """
        self.whole, self.bank.compiled = Whole(**options), True

    def _run(self, group: str, module: Any, values: list[Any], asked: bool) -> Any:
        if self.whole is None or asked or torch.compiler.is_compiling():
            return module.forward(*values)
        return self.whole(group, module, values, self.nets)

    def draw(
        self,
        batch: Batch,
        group: str | None = None,
        rng: Source = None,
        *,
        given: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        ask: Iterable[str] = (),
    ) -> Draws:
        """Every quantity that a group draws, those of the data included, by name.

        What is `given` is not drawn. `group` may be left out where there is one only.
        """
        name = next(iter(self.objectives)) if group is None else group
        choose.known(self.spec, name)
        return self.drawing(batch, name, rng, given or {}, progress, tuple(ask))

    # ---- groups

    def due(self, step: int, progress: float) -> tuple[str, ...]:
        """The groups to run at this step: those of the stage, each as often as it says."""
        return stages.due(self.spec, step, progress)

    def trained(self, group: str) -> list[nn.Parameter]:
        """The parameters that a group moves."""
        choose.known(self.spec, group)
        sets = dict.fromkeys(self.spec.outputs[n].weights for n in self.objectives[group].nets)
        return [p for name in sets for p in self.nets[name].parameters()]

    # ---- nets

    @property
    def weights(self) -> dict[str, nn.Module]:
        """The modules by weight set, trained and given."""
        return dict(self.nets.items())

    def follow(self, progress: float = 0.0) -> None:
        """Let the moving averages follow their nets; call it after the optimizer's step."""
        for key, (net, copy) in self.followed.items():
            decay = value_at(self.spec.decays[copy], progress)
            assert decay is not None
            banks.follow(self.copies[key], self.nets[net], decay)

    def train(self, mode: bool = True) -> Program:
        """Set the trained nets' mode; what is given and what follows stays in eval mode."""
        super().train(mode)
        given = [n for n, o in self.spec.weights.items() if not o.is_trained]
        for module in (*(self.nets[n] for n in given), *self.copies.values()):
            module.eval()
        return self

    # ---- what it is made of

    @property
    def graphs(self) -> Mapping[str, Graph]:
        """The graph of each group, after the passes."""
        return self.groups.graphs.all

    @property
    def code(self) -> str:
        """The groups' torch code, and the sampler's; see `lowering.functions` for its words."""
        parts = [f"# {name}\n{code(self.groups.code_of(name))}" for name in self.graphs]
        if self.sampler is not None:
            parts.append(f"# sample\n{code(self.sampler.module)}")
        return "\n".join(parts)

    def rehearse(self, batch: Batch, progress: float = 0.0) -> None:
        """Run every group once, without a tape and without a trace in what comes after.

        Each derivative is then planned from what its net allows, which `explain` tells, and
        what cannot be taken is refused. Raises CompileError.
        """
        with untouched(self.nets, first_of(batch).device):
            for name in self.objectives:
                self.ready.attempt(
                    name, self.drawing(batch, name, alike(), {}, progress, ()), progress
                )

    def explain(self) -> list[explain.Row]:
        """One row for each net call of a step: how it is made, why, and what it costs.

        Derivatives that were not called yet are told as planned for a net that allows all.
        """
        unsplit = self.ready.unsplit
        whole = {n: self.groups.graphs.made(Variant(n, whole=True)) for n in unsplit}
        return explain.rows({**self.graphs, **whole}, self.groups.planned, unsplit)

    def first_nonfinite(
        self,
        batch: Batch,
        group: str | Iterable[str] | None = None,
        draws: Mapping[str, Tensor] | None = None,
        progress: float | Tensor = 0.0,
        rng: Source = None,
    ) -> str | None:
        """The name of the first value that is not finite, in the spec's own words; else None.

        Give the draws of the step that failed, or others are drawn.
        """
        for name in choose.groups(self.spec, group, progress):
            drawn = self.draw(batch, name, rng, given=draws, progress=progress)
            values, module = self.ready(name, (), drawn, progress)
            found = watch.first_nonfinite(module, values)
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
        rng: Source = None,
        solver: Solver = "euler",
        on_step: OnStep | None = None,
        gamma: float = 0.0,
    ) -> Tensor:
        """Samples from noise [B, ...], by the spec's own rule; see `Sampler.__call__`.

        nets: modules to sample with in place of the trained ones, by weight set.
        """
        if self.sampler is None:
            raise CompileError([unknown_choice("rule", "sample", ())])
        with self.bank.instead({} if isinstance(nets, str) else nets):
            return self.sampler(noise, label, steps, times, random(rng), solver, on_step, gamma)
