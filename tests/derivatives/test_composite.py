"""Derivatives of derivatives are right where torch's own are silently wrong."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from fmdsl.lowering.derivatives import Exact
from fmdsl.lowering.derivatives.composite import Composite

KINDS: dict[str, Callable[[Tensor], Tensor]] = {
    "layer": nn.LayerNorm(8, dtype=torch.float64),
    "layer-bare": lambda y: F.layer_norm(y, (4, 8)),
    "instance": lambda y: F.instance_norm(y),
    "batch": lambda y: F.batch_norm(y, None, None, training=True),
    "glu": F.glu,
    "hardsigmoid": lambda y: F.hardsigmoid(y).square(),
}
kinds = pytest.mark.parametrize("kind", list(KINDS))


def draw() -> tuple[Tensor, Tensor, Tensor, Tensor]:
    weight, across = torch.randn(2, 8, 8, dtype=torch.float64).unbind(0)
    x, v = torch.randn(2, 3, 4, 8, dtype=torch.float64).unbind(0)
    return weight, across, x, v


def tangent(kind: str, weight: Tensor, x: Tensor, v: Tensor, record: bool = True) -> Tensor:
    net = lambda x: KINDS[kind](torch.tanh(x @ weight))  # noqa: E731
    return Exact()(net, (x,), (v,), record=record)[1].sin().sum()


@kinds
def test_the_gradient_through_a_derivative_is_the_slope_of_it(kind: str) -> None:
    weight, across, x, v = draw()
    weight.requires_grad_()
    (gradient,) = torch.autograd.grad(tangent(kind, weight, x, v), weight)
    h = 1e-6
    with torch.no_grad():
        ends = [tangent(kind, weight + s * h * across, x, v) for s in (1, -1)]
    assert (gradient * across).sum() == pytest.approx(
        (ends[0] - ends[1]).item() / (2 * h), rel=1e-6
    )


@kinds
@pytest.mark.parametrize("record", [False, True])
def test_the_derivative_of_a_derivative_is_the_slope_of_it(kind: str, record: bool) -> None:
    weight, _, x, v = draw()
    along = lambda s: tangent(kind, weight, x + s * v.cos(), v, record)  # noqa: E731
    zero, h = torch.zeros((), dtype=torch.float64), 1e-6
    _, second = Exact()(along, (zero,), (zero + 1,), record=record)
    slope = (along(zero + h) - along(zero - h)) / (2 * h)
    assert second.item() == pytest.approx(slope.item(), rel=1e-6)


def test_torch_itself_is_still_wrong_here() -> None:
    """When this fails torch has been mended, and the composite norms can go."""
    weight, _, x, v = draw()
    weight.requires_grad_()
    norm = lambda x: F.layer_norm(torch.tanh(x @ weight), (8,))  # noqa: E731
    (stock,) = torch.autograd.grad(torch.func.jvp(norm, (x,), (v,))[1].sin().sum(), weight)
    with Composite():
        (ours,) = torch.autograd.grad(torch.func.jvp(norm, (x,), (v,))[1].sin().sum(), weight)
    assert (stock - ours).norm() > 1e-3 * ours.norm()


@pytest.mark.parametrize("kind", ["layer", "layer-bare", "instance", "batch", "glu"])
def test_the_values_are_torchs(kind: str) -> None:
    y = torch.randn(3, 4, 8, dtype=torch.float64)
    with Composite():
        ours = KINDS[kind](y)
    assert torch.allclose(ours, KINDS[kind](y), atol=1e-12)


def test_under_autocast_norms_stay_in_float32() -> None:
    y = torch.randn(3, 8)
    with torch.autocast("cpu", dtype=torch.bfloat16), Composite():
        assert F.layer_norm(y.bfloat16(), (8,)).dtype == F.layer_norm(y, (8,)).dtype
    with Composite():
        assert F.layer_norm(y.bfloat16(), (8,)).dtype == torch.bfloat16
