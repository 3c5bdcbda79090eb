"""A value on every row and a derivative on the last ones: one call where rows stand alone."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives import Exact, Traced
from fmdsl.lowering.derivatives.derivative import apart
from tests.derivatives.backbones import Case
from tests.derivatives.test_strategies import close, loss, parts

ROWS = 2
Split = tuple[Any, Any]


def last(case: Case) -> tuple[Tensor | None, ...]:
    """The tangents of the last rows."""
    return tuple(v if v is None else v[-ROWS:] for v in case.tangents)


def gradients(case: Case, found: Split) -> tuple[Tensor, ...]:
    """Of a loss that stops the derivative, on the rows that have one, and fits the others."""
    value, slope = found
    tail = [u[-ROWS:] for u in parts(value)]
    rest = sum(u[:-ROWS].square().sum() for u in parts(value))
    return torch.autograd.grad(loss(tail, parts(slope), False) + rest, case.parameters())


def test_it_is_what_two_calls_give(case: Case) -> None:
    truth = apart(Exact(), case.net, case.primals, last(case))
    before, traced = torch.get_rng_state(), Traced()
    found = traced.split(case.net, case.primals, last(case))
    assert merged(traced, case.net) is not draws(case.net)
    if draws(case.net):
        return
    assert torch.equal(before, torch.get_rng_state())
    assert all(u.requires_grad for u in parts(found[0]))
    assert not any(du.requires_grad for du in parts(found[1]))
    assert close(found[0], truth[0], 1e-12) and close(found[1], truth[1], 1e-12)
    assert close(gradients(case, found), gradients(case, truth), 1e-11)


def draws(net: nn.Module) -> bool:
    return any(isinstance(m, nn.Dropout) and m.p > 0 for m in net.modules())


def merged(traced: Traced, net: nn.Module) -> bool:
    """Whether the net is called once."""
    traces = traced._traces[net]  # pyright: ignore[reportPrivateUsage]
    (found,) = (trace for key, trace in traces.items() if len(key) == 2)
    return found is not None


class Centred(nn.Module):
    """Rows know of each other through their mean."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(4, 4).double()

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor) -> Tensor:
        return self.layer(torch.tanh(z - z.mean(0)) * t[:, None])


class Interleaved(nn.Module):
    """The batch is the inner of two axes that become one: the last rows are not its end."""

    def __init__(self) -> None:
        super().__init__()
        self.layer = nn.Linear(1, 1).double()

    def forward(self, z: Tensor, r: Tensor, t: Tensor, label: Tensor) -> Tensor:
        flat = torch.tanh((z * t[:, None]).T.reshape(-1, 1))
        return self.layer(flat).reshape(z.shape[1], len(z)).T


@pytest.mark.parametrize("net", [Centred(), Interleaved()], ids=["mixed", "interleaved"])
def test_rows_that_cannot_be_told_apart_are_two_calls(net: nn.Module) -> None:
    case, traced = Case("mlp"), Traced()
    found = traced.split(net, case.primals, last(case))
    truth = apart(Exact(), net, case.primals, last(case))
    assert not merged(traced, net)
    assert close(found[0], truth[0], 1e-12) and close(found[1], truth[1], 1e-12)
