"""Forward mode out of two backward passes, for operators that have only a backward."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, cast, final

import torch
from torch import Tensor

from fmdsl.lowering.derivatives.derivative import (
    Derivative,
    Net,
    Tangents,
    check,
    cut,
    sharded,
    zero,
)
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.failure import explained
from fmdsl.lowering.derivatives.tape import forward_mode


@final
class DoubleBackward(Derivative):
    """Differentiate exactly, by a backward pass of a backward pass.

    `J v` is the gradient, in the cotangent w, of `(Jᵀ w) · v`, which is linear in w. Error:
    rounding. Cost: one forward and two backwards (about 5 forwards in GEMMs); the tape of the
    first backward lives while the second runs, and that of the value keeps what the gradient
    in the arguments needs. For nets whose operators lack a forward mode.
    """

    name: ClassVar[str] = "double_backward"

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
        if torch.compiler.is_compiling():
            raise DerivativeError(
                self.name, "a backward pass inside a program cannot be compiled", "choose exact"
            )
        if sharded(net):
            raise DerivativeError(
                self.name, "sharded weights are gone when its second backward runs", "choose exact"
            )
        if all(tangent is None for tangent in tangents):
            out = net(*primals)
            return (out if primal else None), zero(out)
        taped = torch.is_grad_enabled()
        with torch.enable_grad(), explained(self.name, net), forward_mode(record):
            out, dout = _twice(net, primals, tangents, record and taped)
        value = (out if taped else cut(out)) if primal else None
        return value, (dout if record and taped else cut(dout))


def _twice(net: Net, primals: Sequence[Any], tangents: Tangents, create: bool) -> tuple[Any, Any]:
    given = [p if v is None else _leaf(p) for p, v in zip(primals, tangents)]
    moved = [p for p, v in zip(given, tangents) if v is not None]
    along = [v.to(p.dtype).expand(p.shape) for p, v in zip(primals, tangents) if v is not None]
    out = net(*given)
    flat = [out] if isinstance(out, Tensor) else list(out)
    weights = [torch.zeros_like(part, requires_grad=True) for part in flat]
    pulled = cast(
        "tuple[Tensor | None, ...]",
        torch.autograd.grad(flat, moved, weights, create_graph=True, allow_unused=True),
    )
    used = [(g, v) for g, v in zip(pulled, along) if g is not None and g.requires_grad]
    if not used:
        return out, zero(out)
    back = torch.autograd.grad(
        [g for g, _ in used],
        weights,
        [v for _, v in used],
        create_graph=create,
        retain_graph=True,
        allow_unused=True,
    )
    pushed = cast("tuple[Tensor | None, ...]", back)
    dout = tuple(torch.zeros_like(p) if d is None else d for p, d in zip(flat, pushed))
    return out, dout[0] if isinstance(out, Tensor) else dout


def _leaf(value: Tensor) -> Tensor:
    """A point that gradient can be asked for, and still flows through."""
    return value.view_as(value) if value.requires_grad else value.detach().requires_grad_()
