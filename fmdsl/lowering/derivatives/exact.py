"""Exact forward mode by `torch.func.jvp`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar, final

import torch

from fmdsl.lowering.derivatives.derivative import Net, Tangents, moving
from fmdsl.lowering.derivatives.forward_mode import ForwardMode


@final
class Exact(ForwardMode):
    """Differentiate exactly, by torch's functional forward mode.

    Error: rounding of the net's precision. Cost: with `record` one dual call (3 forwards in
    GEMMs, of which one multiplies by zero weight-tangents); without it a forward more. Can
    be nested: a derivative of a derivative.
    """

    name: ClassVar[str] = "exact"

    def dual(self, net: Net, primals: Sequence[Any], tangents: Tangents) -> tuple[Any, Any]:
        held, places, along = moving(net, primals, tangents)
        out, dout = torch.func.jvp(held, places, along)  # pyright: ignore[reportAssignmentType]
        return out, dout
