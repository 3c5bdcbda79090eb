"""What the strategies that use torch's own forward mode share: with a tape, or beside one."""

from __future__ import annotations

import abc
from collections.abc import Sequence
from typing import Any

import torch

from fmdsl.lowering.derivatives.derivative import Derivative, Net, Tangents, check, cut, zero
from fmdsl.lowering.derivatives.failure import explained
from fmdsl.lowering.derivatives.tape import Draws, beside, draws, forward_mode, off_tape


class ForwardMode(Derivative):
    """Value and derivative from a dual call.

    With `record` that is one call. Without it, torch would keep the tangent's tape (2.4 to
    3.6 times the memory), so the value is one call and the derivative another that keeps
    none, from the same draws. Under `torch.compile` the compiler makes them one.
    """

    @abc.abstractmethod
    def dual(self, net: Net, primals: Sequence[Any], tangents: Tangents) -> tuple[Any, Any]:
        """The value and derivative in one call, under the grad mode that is on."""

    def __call__(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:
        check(self.name, net, primals, tangents)
        if all(tangent is None for tangent in tangents):
            out = net(*primals)
            return (out if primal else None), zero(out)
        if record or not torch.is_grad_enabled():
            out, dout = self._explained(net, primals, tangents, record)
            return (out if primal else None), dout
        if torch.compiler.is_compiling():
            return self._compiled(net, primals, tangents, primal)
        return self._apart(net, primals, tangents, primal)

    def _apart(
        self, net: Net, primals: Sequence[Any], tangents: Tangents, primal: bool
    ) -> tuple[Any, Any]:
        if not primal:
            with off_tape():
                return None, self._explained(net, primals, tangents, False)[1]
        # The derivative first: its memory is given back before the value's tape is made.
        with Draws(primals).again(), off_tape():
            dout = self._explained(net, primals, tangents, False, beside(net))[1]
        return net(*primals), dout

    def _compiled(
        self, net: Net, primals: Sequence[Any], tangents: Tangents, primal: bool
    ) -> tuple[Any, Any]:
        """Two calls that the compiler finds to be one, unless they would draw apart."""
        if draws(net):
            out, dout = self._explained(net, primals, tangents, False)
            return (out if primal else None), cut(dout)
        with forward_mode(False):
            out = net(*primals) if primal else None
        with torch.no_grad():
            return out, self._explained(net, primals, tangents, False)[1]

    def _explained(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        again: bool,
        twin: Net | None = None,
    ) -> tuple[Any, Any]:
        with forward_mode(again):
            if torch.compiler.is_compiling():
                return self.dual(net, primals, tangents)
            with explained(self.name, net):
                return self.dual(twin or net, primals, tangents)
