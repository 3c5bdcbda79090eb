"""A net's tensors are found where they stand, whatever was put there since."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
from torch import nn

from fmdsl.lowering.derivatives.weights import modes_of, state_of, walked


def net() -> nn.Sequential:
    """Two linears that share their weight, a norm with buffers, and no bias in between."""
    made = nn.Sequential(nn.Linear(3, 3), nn.Linear(3, 3, bias=False), nn.BatchNorm1d(3))
    made[1].weight = made[0].weight
    return made


def _replaced(made: nn.Sequential) -> None:
    made[0] = nn.Linear(3, 5)


def _set(made: nn.Sequential) -> None:
    made[0].bias = nn.Parameter(torch.ones(3))


def _untied(made: nn.Sequential) -> None:
    made[1].weight = nn.Parameter(torch.ones(3, 3))


def _added(made: nn.Sequential) -> None:
    made.append(nn.Linear(3, 2))


def _registered(made: nn.Sequential) -> None:
    made[2].register_buffer("more", torch.ones(1))


def _removed(made: nn.Sequential) -> None:
    made[0].bias = None


def _given_a_bias(made: nn.Sequential) -> None:
    made[1].bias = nn.Parameter(torch.ones(3))


@pytest.mark.parametrize(
    "change", [_replaced, _set, _untied, _added, _registered, _removed, _given_a_bias]
)
def test_it_follows(change: Callable[[nn.Sequential], None]) -> None:
    made = net()
    state_of(made)
    change(made)
    for _ in range(2):
        found, want = state_of(made), walked(made)
        assert list(found) == list(want)
        assert all(found[name] is want[name] for name in want)


def test_modes_are_those_of_now() -> None:
    made = net()
    state_of(made)
    made[2].eval()
    assert modes_of(made) == tuple(m.training for m in made.modules())
