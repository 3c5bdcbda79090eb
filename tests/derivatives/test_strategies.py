"""Every strategy is the same derivative, within its stated error."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable
from typing import Any

import pytest
import torch
from torch import Tensor

from fmdsl.lowering.derivatives import (
    Derivative,
    DerivativeError,
    DoubleBackward,
    Exact,
    FiniteDifference,
    ForwardAD,
    Traced,
)
from fmdsl.lowering.derivatives.composite import Composite
from tests.derivatives.backbones import Case, Mlp

# Each with the largest relative error it may have in float64.
STRATEGIES: list[tuple[Derivative, float]] = [
    (Exact(), 1e-12),
    (Traced(), 1e-12),
    (ForwardAD(), 1e-12),
    (DoubleBackward(), 1e-12),
    (FiniteDifference(step=1e-4), 1e-6),
    (FiniteDifference(step=1e-6, side="forward"), 1e-4),
    (FiniteDifference(step=1e-6, side="backward"), 1e-4),
]
every = pytest.mark.parametrize(
    ("derivative", "error"),
    STRATEGIES,
    ids=[f"{d.name}-{i}" for i, (d, _) in enumerate(STRATEGIES)],
)


def parts(value: Any) -> list[Tensor]:
    return [value] if isinstance(value, Tensor) else list(value)


def close(found: Any, truth: Any, error: float) -> bool:
    pairs = list(zip(parts(found), parts(truth), strict=True))
    return all((a - b).norm() <= error * (1e-3 + b.norm()) for a, b in pairs)


def by_hand(case: Case) -> tuple[Any, Any]:
    """The value and derivative by torch's forward mode with a tape, written out."""
    z, r, t, c = case.primals
    v = case.tangents[0]
    # Torch's own tangent of layer_norm cannot be differentiated: see test_composite.
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH), Composite():
        return torch.func.jvp(lambda z, t: case.net(z, r, t, c), (z, t), (v, torch.ones_like(t)))


def loss(out: Any, dout: Any, record: bool) -> Tensor:
    """A MeanFlow-like loss without `record`, one that trains through the derivative with it."""
    total = torch.zeros((), dtype=torch.float64)
    for u, du in zip(parts(out), parts(dout), strict=True):
        goal = u.detach().cos() - 0.3 * (du if record else du.detach())
        total = total + ((u - goal) ** 2).sum()
    return total


@every
def test_it_is_the_derivative_of_forward_mode(
    derivative: Derivative, error: float, case: Case
) -> None:
    torch.manual_seed(7)
    truth, dtruth = by_hand(case)
    torch.manual_seed(7)
    out, dout = derivative(case.net, case.primals, case.tangents, record=False)
    assert close(out, truth, 1e-12)
    assert close(dout, dtruth, error)


@every
@pytest.mark.parametrize("record", [False, True])
def test_the_loss_has_the_gradient_of_forward_mode(
    derivative: Derivative, error: float, record: bool, case: Case
) -> None:
    if record and isinstance(derivative, ForwardAD):
        with pytest.raises(DerivativeError, match="gradient cannot flow"):
            derivative(case.net, case.primals, case.tangents, record=True)
        return
    torch.manual_seed(7)
    truth = torch.autograd.grad(loss(*by_hand(case), record), case.parameters())
    torch.manual_seed(7)
    out, dout = derivative(case.net, case.primals, case.tangents, record=record)
    found = torch.autograd.grad(loss(out, dout, record), case.parameters())
    assert close(found, truth, 30 * error)


@every
def test_what_feeds_a_stopped_gradient_has_no_tape(derivative: Derivative, error: float) -> None:
    case = Case("mlp")
    out, dout = derivative(case.net, case.primals, case.tangents, record=False)
    assert out.requires_grad
    assert not dout.requires_grad


@every
def test_the_tape_is_that_of_the_plain_forward(
    derivative: Derivative, error: float, case: Case
) -> None:
    plain = kept(lambda: case.net(*case.primals))
    with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        plain = max(plain, kept(lambda: case.net(*case.primals)))
    derivative(case.net, case.primals, case.tangents, record=False)  # a trace may be made here
    ours = kept(lambda: derivative(case.net, case.primals, case.tangents, record=False))
    # Double backward's value also keeps what the gradient in its arguments needs.
    assert ours <= (1.25 if isinstance(derivative, DoubleBackward) else 1.05) * plain


class Held:
    """What a tape holds on to, alive as long as the tape is."""

    def __init__(self, value: Tensor) -> None:
        self.value = value


def kept(call: Callable[[], Any]) -> int:
    """Bytes that the tape of a call still holds when it is done, each storage once."""
    alive: list[weakref.ref[Held]] = []

    def pack(value: Tensor) -> Held:
        held = Held(value)
        alive.append(weakref.ref(held))
        return held

    with torch.autograd.graph.saved_tensors_hooks(pack, lambda held: held.value):
        result = call()
    gc.collect()
    storages = {
        held.value.untyped_storage().data_ptr(): held.value.untyped_storage().nbytes()
        for held in (reference() for reference in alive)
        if held is not None
    }
    del result
    return sum(storages.values())


@every
def test_without_its_value_only_the_derivative_comes(derivative: Derivative, error: float) -> None:
    case = Case("mlp")
    out, dout = derivative(case.net, case.primals, case.tangents, record=False, primal=False)
    assert out is None
    assert close(dout, by_hand(case)[1], error)


@every
def test_along_nothing_it_is_zero(derivative: Derivative, error: float) -> None:
    case = Case("branches")
    out, dout = derivative(case.net, case.primals, (None,) * 4, record=False)
    assert close(out, case.net(*case.primals), 1e-14)
    assert all((part == 0).all() for part in dout)


@every
def test_random_numbers_advance_as_by_one_call(derivative: Derivative, error: float) -> None:
    case = Case("mlp-dropout")
    derivative(case.net, case.primals, case.tangents, record=False)  # a trace may be made here
    torch.manual_seed(3)
    case.net(*case.primals)
    after = torch.get_rng_state()
    torch.manual_seed(3)
    derivative(case.net, case.primals, case.tangents, record=False)
    assert torch.equal(torch.get_rng_state(), after)


@every
def test_it_follows_the_weights(derivative: Derivative, error: float) -> None:
    case = Case("mlp")
    derivative(case.net, case.primals, case.tangents, record=False)
    with torch.no_grad():
        for parameter in case.parameters():
            parameter.mul_(1.1)
    _, dout = derivative(case.net, case.primals, case.tangents, record=False)
    assert close(dout, by_hand(case)[1], error)


@every
def test_weights_given_from_outside_are_the_ones_differentiated(
    derivative: Derivative, error: float
) -> None:
    case = Case("mlp")
    derivative(case.net, case.primals, case.tangents, record=False)

    class Outer(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = case.net

        def forward(self, *primals: Any) -> Any:
            return derivative(self.net, primals, case.tangents, record=False)[1]

    outer = Outer()
    swapped = {name: 0.5 * p.detach() for name, p in outer.named_parameters()}
    found = torch.func.functional_call(outer, swapped, case.primals)
    with torch.no_grad():
        for parameter in case.parameters():
            parameter.mul_(0.5)
    assert close(found, by_hand(case)[1], error)


@every
def test_a_tangent_for_a_label_is_refused(derivative: Derivative, error: float) -> None:
    case = Case("mlp")
    wrong = (*case.tangents[:3], torch.ones(3))
    with pytest.raises(DerivativeError, match="argument 3 is not a floating-point tensor"):
        derivative(case.net, case.primals, wrong, record=False)


def test_autocast_keeps_the_weights_gradient() -> None:
    net = Mlp()
    case = Case("mlp", torch.float32)
    case.net = net
    with torch.autocast("cpu", dtype=torch.bfloat16):
        Exact()(net, case.primals, case.tangents, record=False, primal=False)
        FiniteDifference()(net, case.primals, case.tangents, record=False, primal=False)
        out = net(*case.primals)
    out.float().sum().backward()
    assert net.middle.weight.grad is not None


def test_a_derivative_can_be_differentiated_again() -> None:
    case = Case("mlp")
    z, r, t, c = case.primals
    exact = Exact()

    def first(z: Tensor, t: Tensor) -> Tensor:
        held = (z, None, t, None)
        tangents = (case.tangents[0], None, torch.ones_like(t), None)
        return exact(lambda *a: case.net(a[0], r, a[2], c), held, tangents, record=True)[1]

    _, second = exact(first, (z, t), (None, torch.ones_like(t)), record=False)
    h = 1e-5
    truth = (first(z, t + h) - first(z, t - h)) / (2 * h)
    assert close(second, truth, 1e-6)


def test_two_outputs_come_as_two() -> None:
    case = Case("branches")
    out, dout = Exact()(case.net, case.primals, case.tangents, record=False)
    assert [p.shape for p in out] == [p.shape for p in dout] == [(3, 4), (3, 2)]
