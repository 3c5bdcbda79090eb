"""Exact forward mode by dual tensors, `torch.autograd.forward_ad`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch
import torch.autograd.forward_ad as fwAD
from torch import Tensor

from fmdsl.lowering.derivatives.derivative import Net, Tangents, mapped, moving
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.forward_mode import ForwardMode


@final
class ForwardAD(ForwardMode):
    """Differentiate exactly, by dual tensors.

    Error and cost: as `exact`. It reaches nets that refuse functional transforms (hooks,
    autograd functions without `setup_context`), and cannot be nested, compiled or recorded:
    torch's softmax overwrites what the gradient of its dual needs.
    """

    name: ClassVar[str] = "forward_ad"

    def __call__(
        self,
        net: Net,
        primals: Sequence[Any],
        tangents: Tangents,
        *,
        record: bool,
        primal: bool = True,
    ) -> tuple[Any, Any]:
        if record and torch.is_grad_enabled():
            raise DerivativeError(
                self.name, "gradient cannot flow through dual tensors", "choose exact or traced"
            )
        return ForwardMode.__call__(self, net, primals, tangents, record=record, primal=primal)

    def dual(self, net: Net, primals: Sequence[Any], tangents: Tangents) -> tuple[Any, Any]:
        if torch.compiler.is_compiling():
            raise DerivativeError(self.name, "dual tensors cannot be compiled", "choose exact")
        held, places, along = moving(net, primals, tangents)
        with fwAD.dual_level():
            out = held(*(fwAD.make_dual(p, v) for p, v in zip(places, along)))
            return mapped(_primal, out), mapped(_tangent, out)


def _primal(value: Tensor) -> Tensor:
    return fwAD.unpack_dual(value).primal


def _tangent(value: Tensor) -> Tensor:
    primal, tangent = fwAD.unpack_dual(value)
    return torch.zeros_like(primal) if tangent is None else tangent
