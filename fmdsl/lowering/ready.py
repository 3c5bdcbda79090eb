"""Which module a group runs for what was drawn, and the values that it is run on."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, fx

from fmdsl.lowering.bank import Bank
from fmdsl.lowering.calls import precision
from fmdsl.lowering.derivatives.launches import FEW, splitting_pays
from fmdsl.lowering.derivatives.tape import mixes
from fmdsl.lowering.drawing import Draws
from fmdsl.lowering.functions import clock_dtype
from fmdsl.lowering.groups import Groups

Readied = tuple[list[Any], Any]


class Ready:
    """The variant of a group that suits a batch: split on the diagonal or not, calls joined or not.

    weighed: whether a pass is run only where it pays. unsplit: the groups, of those called so
    far, whose rows are not split because that would not pay.
    """

    def __init__(self, groups: Groups, bank: Bank, *, weighed: bool) -> None:
        self.groups, self.bank, self.weighed = groups, bank, weighed
        self.unsplit: set[str] = set()
        self._known: dict[tuple[str, tuple[str, ...], bool, bool], fx.GraphModule] = {}

    def __call__(
        self, name: str, lets: tuple[str, ...], drawn: Draws, progress: float | Tensor
    ) -> Readied:
        """The inputs of the group's module in its order, and the module."""
        steady = drawn.steady and self._splits(name, drawn, progress)
        joined = drawn.rows <= FEW and self._joins()
        module = self._known.get((name, lets, steady, joined))
        if module is None:
            module = self._module(name, lets, steady, joined, progress)
        order: tuple[str, ...] = module.meta["inputs"]
        if "progress" not in order:
            return [drawn[n] for n in order], module
        values = list(drawn.values())
        like = next((v for v in values if v.is_floating_point()), values[0])
        share = torch.as_tensor(progress, dtype=clock_dtype(like), device=like.device)
        given = {**drawn, "progress": share}
        return [given[n] for n in order], module

    def _module(
        self, name: str, lets: tuple[str, ...], steady: bool, joined: bool, progress: float | Tensor
    ) -> fx.GraphModule:
        """The module, kept where `progress` has no say in which it is."""
        variant = self.groups.graphs.variant(name, lets, steady, progress, joined)
        module = self.groups.module(variant)
        if not variant.truth:
            self._known[name, lets, steady, joined] = module
        return module

    def attempt(
        self, name: str, drawn: Draws, progress: float | Tensor, *, taped: bool = False
    ) -> Any:
        """A group's loss per example, unsplit: its derivatives are then planned."""
        self.bank.rehearsing = True
        try:
            with torch.set_grad_enabled(taped):
                values, module = self(name, (), Draws(drawn), progress)
                return module.forward(*values)[0]
        finally:
            self.bank.rehearsing = False

    def _splits(self, name: str, drawn: Draws, progress: float | Tensor) -> bool:
        """Whether the rows that need no derivative should skip it.

        On an eager GPU that loses where it takes two calls of a net, unless these are large.
        """
        if not self.weighed or self.bank.compiled or not self.groups.parted:
            return True
        (device, half), rows = precision(tuple(drawn.values())), drawn.rows
        if device != "cuda":
            return True
        if self.groups.work is None:
            self.attempt(name, drawn.first(2), progress)
        share = max(cut.share for cut in self.groups.graphs.cuts[name])
        pays = splitting_pays(
            self.groups.work or 0.0, round((1 - share) * rows), device, bool(half)
        )
        (self.unsplit.discard if pays else self.unsplit.add)(name)
        return pays

    def _joins(self) -> bool:
        """Whether calls of one net, of few rows, should be one: where it does not mix them."""
        if not self.weighed or torch.compiler.is_compiling():
            return False
        return not any(mixes(net) for net in self.bank.nets.children())
