"""A value by torch's fused attention, its tangent by ours: one graph with the right gradient."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel

from fmdsl.lowering.derivatives import Exact, Traced
from fmdsl.lowering.derivatives.derivative import apart
from tests.derivatives.backbones import Case
from tests.derivatives.on_gpu import Calls, gpu_attention
from tests.derivatives.test_rows import gradients, last, merged
from tests.derivatives.test_strategies import close, loss, parts


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Iterator[Calls]:
    with gpu_attention(monkeypatch) as calls:
        yield calls


def outcome(found: tuple[Any, Any], case: Case) -> list[torch.Tensor]:
    value, slope = parts(found[0]), parts(found[1])
    return [*value, *slope, *torch.autograd.grad(loss(value, slope, False), case.parameters())]


def test_its_backward_finds_the_sums_that_it_reads(calls: Calls) -> None:
    case = Case("dit-sdpa")
    with sdpa_kernel(SDPBackend.MATH):
        truth = outcome(Exact()(case.net, case.primals, case.tangents, record=False), case)
    traced = Traced()
    traced(case.net, case.primals, case.tangents, record=False)
    calls.clear()
    found = outcome(traced(case.net, case.primals, case.tangents, record=False), case)
    assert calls == [True, True]  # once in each block
    assert close(found, truth, 1e-10)


def test_a_derivative_on_some_rows_does_too(calls: Calls) -> None:
    case, traced = Case("dit-sdpa"), Traced()
    with sdpa_kernel(SDPBackend.MATH):
        two = apart(Exact(), case.net, case.primals, last(case))
        truth = gradients(case, two)
    found = traced.split(case.net, case.primals, last(case))
    assert merged(traced, case.net)
    assert close(gradients(case, found), truth, 1e-10)


def test_without_a_tape_nothing_is_kept(calls: Calls) -> None:
    case = Case("dit-sdpa")
    with torch.no_grad():
        case.net(*case.primals)
        assert calls == [False, False]
        Traced()(case.net, case.primals, case.tangents, record=False)
    assert True not in calls
