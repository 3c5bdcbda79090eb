"""Choose a finite difference's step once, against an exact derivative, and freeze it."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives.derivative import Net, Tangents, first_tensor, sharded
from fmdsl.lowering.derivatives.error import DerivativeError
from fmdsl.lowering.derivatives.exact import Exact
from fmdsl.lowering.derivatives.finite_difference import FiniteDifference
from fmdsl.lowering.derivatives.forward_ad import ForwardAD
from fmdsl.lowering.derivatives.tape import Draws

STEPS: tuple[float, ...] = tuple(10 ** (-5 + k / 3) for k in range(13))


@dataclass(frozen=True, slots=True)
class Calibration:
    """A finite difference with its best step, and the error at each step tried.

    errors: median over the batch of the relative error, step by step.
    against: the reference's name.
    """

    derivative: FiniteDifference
    errors: tuple[tuple[float, float], ...]
    against: str

    @property
    def error(self) -> float:
        """The relative error at the chosen step."""
        return min(error for _, error in self.errors)


@torch.no_grad()
def calibrate(
    net: Net,
    primals: Sequence[Any],
    tangents: Tangents,
    *,
    start: FiniteDifference | None = None,
    steps: Sequence[float] = STEPS,
) -> Calibration:
    """The finite difference with the step that errs least on this batch.

    The best step depends on the net's precision and on the frequency of its time embedding
    (2.5e-3 in float32 becomes 5e-5 when the net sees 1000 t), so a fixed one is not portable.
    The reference is exact forward mode in the net's own weights without autocast (that of dual
    tensors, where weights are sharded: it knows of no transform, in which some versions of
    torch cannot gather them), or, where the net has none, a central difference in float64.
    """
    start = start or FiniteDifference()
    draws = Draws(primals)
    truth, against = _truth(net, primals, tangents, draws)
    errors: list[tuple[float, float]] = []
    for step in steps:
        with draws.again():
            tried = replace(start, step=step)(net, primals, tangents, record=False, primal=False)
        errors.append((step, relative_error(tried[1], truth)))
    best = min(errors, key=lambda pair: pair[1])[0]
    return Calibration(replace(start, step=best), tuple(errors), against)


def displaced(net: nn.Module) -> nn.Module:
    """A copy with its weights a little moved: a last layer from zero has no derivative yet."""
    moved = copy.deepcopy(net)
    with torch.no_grad():
        for p in moved.parameters():
            if p.is_floating_point():
                p.add_(0.02 * torch.randn_like(p))
    return moved


def _truth(net: Net, primals: Sequence[Any], tangents: Tangents, draws: Draws) -> tuple[Any, str]:
    device = first_tensor(primals).device.type
    way = ForwardAD() if sharded(net) else Exact()
    try:
        with draws.again(), torch.autocast(device, enabled=False):
            return way(net, primals, tangents, record=False, primal=False)[1], way.name
    except (DerivativeError, RuntimeError, NotImplementedError):
        fine = FiniteDifference(step=1e-5, dtype=torch.float64)
        with draws.again():
            return fine(net, primals, tangents, record=False, primal=False)[1], "float64 difference"


def relative_error(found: Any, truth: Any) -> float:
    """Median over the batch of |found - truth| / |truth|, worst of several outputs."""
    pairs = [(found, truth)] if isinstance(truth, Tensor) else list(zip(found, truth, strict=True))
    return max(_rows(a, b) for a, b in pairs)


def _rows(found: Tensor, truth: Tensor) -> float:
    a, b = (x.double().reshape(len(x) if x.ndim else 1, -1) for x in (found, truth))
    scale = b.norm(dim=1).clamp_min(1e-12 + 1e-6 * b.norm(dim=1).max())
    return float(((a - b).norm(dim=1) / scale).median())
