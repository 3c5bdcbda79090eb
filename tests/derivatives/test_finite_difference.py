"""A finite difference's step is chosen once, against an exact derivative."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives import FiniteDifference, calibrate
from tests.derivatives.backbones import Case, Mlp


def test_the_calibrated_step_errs_less_than_a_fixed_one() -> None:
    case = Case("mlp", torch.float32)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = calibrate(case.net, case.primals, case.tangents)
    fixed = dict(found.errors)[min(dict(found.errors), key=lambda h: abs(h - 1e-4))]
    assert found.against == "exact"
    assert found.derivative.step > 5e-3
    assert found.error < 0.2 < fixed


def test_faster_time_embeddings_want_smaller_steps() -> None:
    class Fast(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = Mlp()

        def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor) -> Tensor:
            return self.net(z, 100 * r, 100 * t, label)

    case = Case("mlp", torch.float32)
    slow = calibrate(case.net, case.primals, case.tangents).derivative.step
    fast = calibrate(Fast(), case.primals, case.tangents).derivative.step
    assert fast < slow


def test_a_net_without_forward_mode_is_calibrated_in_float64() -> None:
    class Distances(nn.Module):
        def forward(self, z: Tensor, t: Tensor) -> Tensor:
            return torch.cdist(z[:, None] * t[:, None, None], z.flip(0)[:, None] + 1)[:, 0]

    z, t = torch.randn(5, 3), torch.rand(5)
    found = calibrate(Distances(), (z, t), (torch.randn(5, 3), torch.ones(5)))
    assert found.against == "float64 difference"
    assert found.error < 1e-3


def test_a_precision_can_be_asked_for() -> None:
    case = Case("mlp", torch.float32)
    fine = FiniteDifference(step=1e-5, dtype=torch.float64)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        _, dout = fine(case.net, case.primals, case.tangents, record=False, primal=False)
    _, truth = FiniteDifference(step=2.5e-3)(case.net, case.primals, case.tangents, record=False)
    assert (dout - truth).norm() < 1e-3 * truth.norm()


def test_extra_evaluations_leave_the_buffers_alone() -> None:
    class Counting(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm = nn.BatchNorm1d(4)

        def forward(self, z: Tensor) -> Tensor:
            return self.norm(z)

    net, z = Counting(), torch.randn(8, 4)
    FiniteDifference()(net, (z,), (torch.ones_like(z),), record=False)
    assert net.norm.num_batches_tracked.item() == 1
