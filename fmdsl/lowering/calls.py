"""Calls of nets in a program: trained, passed through, or off the tape."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Hashable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, final

import torch
from torch import nn

from fmdsl.graph.node import Node
from fmdsl.lowering.bank import Bank
from fmdsl.lowering.derivatives.calibrate import calibrate, displaced
from fmdsl.lowering.derivatives.derivative import (
    Derivative,
    first_tensor,
    last_rows,
    moved_rows,
    sharded,
)
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.memory import memory, rows_of
from fmdsl.lowering.derivatives.planner import AUTO, Asked, Conditions, Planned, plan
from fmdsl.lowering.derivatives.probe import UNSEEN, Facts, probe
from fmdsl.lowering.derivatives.tape import Draws
from fmdsl.lowering.derivatives.traced import Traced
from fmdsl.lowering.error import CompileError, no_derivative
from fmdsl.lowering.held import through
from fmdsl.lowering.ranks import several
from fmdsl.lowering.taps import Tap, carried, tapped


@final
class Call(nn.Module):
    """One call of a net; holds no weights, it looks its module up in the bank."""

    def __init__(self, bank: Bank, node: Node) -> None:
        super().__init__()
        self.bank = bank
        self.net, self.copy, self.mode = node["net"], node["copy"], node["mode"]
        self.layers: tuple[str, ...] = node.get("layers", ())
        self.value: bool = node.get("primal", True)
        module = bank.module(self.net, self.copy) if self.layers else self
        self.taps = [Tap(module, layer) for layer in self.layers]

    def forward(self, *place: Any) -> Any:
        module = self.bank.module(self.net, self.copy)
        if not self.taps:
            return self._called(module, place)
        call = partial(self._called, module, place)
        if sharded(module):
            return tapped(self.taps, partial(carried, self.taps, module, call))
        return tapped(self.taps, call, whole=self.value or torch.compiler.is_compiling())

    def _called(self, module: nn.Module, place: tuple[Any, ...]) -> Any:
        if self.mode == "off":
            with torch.no_grad():
                return module(*place)
        return module(*place) if self.mode == "train" else through(module, place)


@final
class Jvp(nn.Module):
    """One derivative of a net: `(value or None, derivative)`.

    Directions of fewer rows than the place are those of its last rows: the value is then of
    every row, the derivative of the last.

    Its strategy is planned from the graph, and again at its first call of a kind (mode,
    precision, device, weights sharded or not), from what the net then turns out to allow.
    """

    def __init__(self, bank: Bank, node: Node, word: str | Derivative) -> None:
        super().__init__()
        self.bank, self.span = bank, node.span
        self.net, self.copy, self.mode = node["net"], node["copy"], node["mode"]
        self.order, self.arity, self.outputs = node["order"], node.arity, node["outputs"]
        self.record, self.primal = node["record"], node["primal"]
        self.asked = Asked(self.record, self.primal, self.order, self.mode == "through", word)
        self.planned = self._plan(UNSEEN, Conditions())
        self.work: float | None = None
        self._kinds: dict[Hashable, Planned] = {}

    def forward(self, *given: Any) -> Any:
        n = self.arity
        place, along = given[:n], [given[n:]]
        if self.order > 1:
            along = [given[i : i + n] for i in range(n, len(given), n)]
        module = self.bank.module(self.net, self.copy)
        if self.mode == "train":
            return self._derived(module, module, place, along)
        if self.mode == "off":
            with torch.no_grad():
                return self._derived(module, module, place, along)
        return self._derived(module, lambda *at: through(module, at), place, along)

    def strategy(self, module: nn.Module, place: Sequence[Any], along: Sequence[Any]) -> Derivative:
        """How this derivative is taken there. Raises CompileError where it cannot be."""
        if torch.compiler.is_compiling():
            return self.planned.strategy
        spread = several() and sharded(module)
        rows = last_rows(place, along) or rows_of(place)
        kind = (module.training, self.bank.compiled, spread, rows, *precision(place))
        found = self._kinds.get(kind)
        if found is None:
            found = self._kinds[kind] = self._chosen(module, moved_rows(place, along), along)
        if found is not self.planned:
            self.planned = found
        return found.strategy

    def _chosen(self, module: nn.Module, place: Sequence[Any], along: Sequence[Any]) -> Planned:
        given = isinstance(self.asked.wish, Derivative)
        facts = UNSEEN if given else probe(module, place, along, self.record)
        self.work = facts.work
        _, half = precision(place)
        # Processes would not choose alike.
        known = None if given or several() else memory(module, place)
        found = replace(
            self._plan(facts, Conditions(self.bank.compiled, bool(half), known)), memory=known
        )
        self._warn(found)
        if isinstance(found.strategy, FiniteDifference) and not given:
            found = replace(found, strategy=self._calibrated(found.strategy, module, place, along))
        return found

    def _warn(self, found: Planned) -> None:
        """A word where memory alone decides: a one-sided difference is less exact."""
        how = found.strategy
        if self.asked.wish == AUTO and isinstance(how, FiniteDifference) and how.side == "forward":
            warnings.warn(
                f"the derivative of `{self.net}` is taken by a one-sided difference: "
                f"{found.reason}\n  = help: {found.otherwise}, or ask for one by name",
                stacklevel=2,
            )

    def _calibrated(
        self, start: FiniteDifference, module: nn.Module, place: Sequence[Any], along: Sequence[Any]
    ) -> Derivative:
        """The difference with the step that suits this net, found once."""
        steps = self.bank.steps
        if self.net not in steps:
            with Draws(place).again():
                net = module if sharded(module) else displaced(module)
                steps[self.net] = calibrate(net, place, along, start=start).derivative.step
        return replace(start, step=steps[self.net])

    def _plan(self, facts: Facts, where: Conditions) -> Planned:
        try:
            return plan(self.asked, facts, where)
        except DerivativeError as fault:
            raise CompileError([no_derivative(self.net, fault, self.span)]) from None

    def _derived(self, module: nn.Module, net: Any, place: Sequence[Any], along: list[Any]) -> Any:
        if self.order == 1:
            strategy = self.strategy(module, place, along[0])
            if self.bank.rehearsing and isinstance(strategy, Traced):
                strategy = Exact()  # a trace of these shapes would serve once
            if last_rows(place, along[0]) is not None:
                return strategy.split(net, place, along[0])
            return strategy(net, place, along[0], record=self.record, primal=self.primal)
        function = net
        for direction in along[:-1]:
            function = (both if self.primal else slope)(function, direction)
        out, dout = Exact()(function, place, along[-1], record=self.record, primal=self.primal)
        if not self.primal:
            return None, dout
        m = self.outputs
        return (out[0], dout[-1]) if m == 1 else (out[:m], dout[-m:])


def precision(place: Sequence[Any]) -> tuple[str, torch.dtype | None]:
    """The device, and the half precision that is on, if any."""
    state = first_tensor(place)
    device = state.device.type
    if torch.is_autocast_enabled(device):
        return device, torch.get_autocast_dtype(device)
    return device, state.dtype if state.dtype in (torch.bfloat16, torch.float16) else None


def both(net: Callable[..., Any], along: Sequence[Any]) -> Callable[..., Any]:
    """A net's value first, its derivative along a direction last, as a function of the place."""

    def at(*place: Any) -> Any:
        value, tangent = Exact()(net, place, along, record=True)
        return (*value, *tangent) if isinstance(value, tuple) else (value, tangent)

    return at


def slope(net: Callable[..., Any], along: Sequence[Any]) -> Callable[..., Any]:
    """The derivative of a net along a direction, as a function of the place."""

    def at(*place: Any) -> Any:
        return Exact()(net, place, along, record=True, primal=False)[1]

    return at
