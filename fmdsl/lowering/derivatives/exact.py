"""Exact forward mode by `torch.func.jvp`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch

from fmdsl.lowering.derivatives.derivative import (
    Derivative,
    Net,
    Tangents,
    check,
    cut,
    moving,
    zero,
)
from fmdsl.lowering.derivatives.failure import explained
from fmdsl.lowering.derivatives.tape import (
    Draws,
    forward_mode,
    beside,
    off_tape,
)


@final
class Exact(Derivative):
    """Differentiate exactly, by torch's own forward mode.

    Error: rounding of the net's precision. Cost: with `record` one dual call (3 forwards in
    GEMMs, of which one multiplies by zero weight-tangents); without it, the plain forward
    and a dual call that keeps no tape. Under `torch.compile` the two are one call, and
    the compiler drops the tape. Can be nested: a derivative of a derivative.
    """

    name: ClassVar[str] = "exact"

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
            out, dout = _dual(net, primals, tangents, again=record)
            return (out if primal else None), dout
        if torch.compiler.is_compiling():
            out, dout = _dual(net, primals, tangents)
            return (out if primal else None), cut(dout)
        return _apart(net, primals, tangents, primal)


def _apart(net: Net, primals: Sequence[Any], tangents: Tangents, primal: bool) -> tuple[Any, Any]:
    """The value with its tape, then the derivative without one, from the same draws."""
    draws = Draws(primals)
    out = net(*primals) if primal else None
    if not primal:
        with off_tape():
            return None, _dual(net, primals, tangents)[1]
    with draws.again(), off_tape():
        return out, _dual(beside(net), primals, tangents)[1]


def _dual(
    net: Net, primals: Sequence[Any], tangents: Tangents, again: bool = False
) -> tuple[Any, Any]:
    held, places, along = moving(net, primals, tangents)
    with forward_mode(again):
        if torch.compiler.is_compiling():
            return torch.func.jvp(held, places, along)
        with explained(Exact.name, net):
            return torch.func.jvp(held, places, along)
