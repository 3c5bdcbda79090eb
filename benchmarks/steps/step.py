"""One training step as a call: loss, backward, optimizer, moving averages.

Steps of one method share their nets, and all of fmdsl's an optimizer and averages, all
official ones another: what is measured is time, and memory holds one copy of each.
"""

from __future__ import annotations

import copy
import gc
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn

import fmdsl
from fmdsl.runtime.average import Average
from fmdsl.runtime.config import Config, OptimizerChoice
from fmdsl.runtime.groups import Group

from .methods import Method
from .nets import build
from .official import FORMS
from .size import Size
from .strategies import STRATEGIES

#: A rate so small that the weights stay where they are.
RATE = 1e-6
CONFIG = Config(optimizer={"default": OptimizerChoice(lr=RATE, warmup=0)})
DECAY = 0.999


@dataclass(frozen=True, slots=True)
class Step:
    """What a row times; `nets` are the modules of its method by weight set."""

    loss: Callable[[], Tensor]
    update: Callable[[Tensor], None]
    nets: Mapping[str, nn.Module]

    def __call__(self) -> None:
        self.update(self.loss())


@dataclass
class Bench:
    """Nets, optimizers and averages of a size, each made when it is first needed."""

    size: Size
    mode: str | None = None
    kept: dict[Any, Any] = field(default_factory=dict[Any, Any])

    def __post_init__(self) -> None:
        self.batch = self.size.data()

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def clear(self) -> None:
        """Give back what a step that failed may have left."""
        for made in self.kept.values():
            if isinstance(made, nn.Module):
                made.zero_grad(set_to_none=True)
        gc.collect()
        if self.size.device.startswith("cuda"):
            torch.cuda.empty_cache()

    def nets(self, method: Method) -> dict[str, nn.Module]:
        """The modules of a method's weight sets."""
        return {
            name: self.once(kind, lambda kind=kind: build(kind, self.size))
            for name, kind in method.nets.items()
        }

    def ours(self, method: Method, form: str, compile: bool) -> Step:
        """The shipped spec's program, updated as the runtime does it."""
        nets = self.nets(method)
        program = fmdsl.compile(method.read(), nets, derivative=STRATEGIES[form])
        if compile:
            program.compile(mode=self.mode)
        name = method.group
        device = torch.device(self.size.device)
        moved = {n: nets[n] for n in program.objectives[name].nets if n in nets}
        group = self.once(("group", *map(id, moved.values())), lambda: Group(moved, CONFIG, device))
        averaged = [nets[n] for n in method.averaged]
        average = self.once(
            ("average", *map(id, averaged)),
            lambda: Average({str(i): net for i, net in enumerate(averaged)}, DECAY),
        )

        def update(value: Tensor) -> None:
            group.backward(value)
            group.step(0.5)
            program.follow(0.5)
            if averaged:
                average.update()

        return Step(lambda: program(self.batch, name, progress=0.5)[name], update, nets)

    def official(self, method: Method, form: str, compile: bool) -> Step:
        """An official form, with torch's own AdamW and an average weight by weight."""
        nets = self.nets(method)
        moved = [nets[n] for n in self._moved(method)]
        optimizer = self.once(
            ("adamw", *map(id, moved)),
            lambda: torch.optim.AdamW((p for net in moved for p in net.parameters()), lr=RATE),
        )
        averaged = [(nets[n], self._copy(nets[n])) for n in method.averaged]
        given = nets | {"slow": averaged[0][1]} if averaged else nets
        function = FORMS[method.of][form]
        if compile:
            function = torch.compile(function, fullgraph=True, mode=self.mode)

        def update(value: Tensor) -> None:
            value.backward()
            optimizer.step()
            optimizer.zero_grad(set_to_none=True)
            for net, slow in averaged:
                follow(slow, net)

        return Step(lambda: function(given, self.batch), update, nets)

    def _moved(self, method: Method) -> tuple[str, ...]:
        return tuple(n for n in method.group.split("+") if n in method.nets)

    def _copy(self, net: nn.Module) -> nn.Module:
        return self.once(("copy", id(net)), lambda: copy.deepcopy(net).requires_grad_(False).eval())


@torch.no_grad()
def follow(slow: nn.Module, net: nn.Module) -> None:
    """A moving average, one weight after another."""
    for mine, its in zip(slow.parameters(), net.parameters(), strict=True):
        mine.lerp_(its, 1 - DECAY)
