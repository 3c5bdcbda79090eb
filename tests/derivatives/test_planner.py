"""What a net allows is tried, and the strategy follows from it with a reason."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from fmdsl.lowering.derivatives import (
    Asked,
    Conditions,
    DerivativeError,
    Exact,
    Facts,
    FiniteDifference,
    Traced,
    plan,
    probe,
)
from tests.derivatives.backbones import Case


class Sine(torch.autograd.Function):
    @staticmethod
    def forward(x: Tensor) -> Tensor:
        return x.sin()

    @staticmethod
    def setup_context(ctx, inputs, output) -> None:
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, g: Tensor) -> Tensor:
        return g * ctx.saved_tensors[0].cos()


class Of(nn.Module):
    """A Linear, and an operator after it."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.linear, self.kind = nn.Linear(4, 4), kind
        self.norm = nn.BatchNorm1d(4)
        self.attention = nn.MultiheadAttention(4, 2, batch_first=True)

    def forward(self, z: Tensor) -> Tensor:
        h = self.linear(z)
        if self.kind == "cdist":
            return torch.cdist(h[:, None] + 1, h.flip(0)[:, None])[:, 0]
        if self.kind == "function":
            return Sine.apply(h)
        if self.kind == "prod":
            rows = torch.tensor([0, 0, 1, 1]).expand(h.shape[0], 4)
            ones = torch.ones(h.shape[0], 2, dtype=h.dtype)
            return ones.scatter_reduce(1, rows, h, "prod")
        if self.kind == "det":
            return torch.linalg.det(h[:, :, None] * h[:, None] + torch.eye(4, dtype=h.dtype))
        if self.kind == "batch":
            return self.norm(h)
        if self.kind == "attention":
            return self.attention(h[:, None], h[:, None], h[:, None], need_weights=False)[0]
        if self.kind == "branch":
            return h if h.sum() > 0 else -h
        return h


THROUGH, STOPPED = Asked(record=True), Asked(record=False)


HERE = Conditions()


def chosen(asked: Asked, found: Facts, where: Conditions = HERE) -> str:
    return plan(asked, found, where).strategy.name


def instead(kind: str) -> str:
    return "finite_difference" if kind == "prod" else "double_backward"


def facts(kind: str) -> Facts:
    z = torch.randn(3, 4)
    return probe(Of(kind), (z,), (torch.randn(3, 4),))


@pytest.mark.parametrize(
    ("kind", "says"),
    [
        ("cdist", "the operator `_cdist_forward` has no forward mode"),
        ("function", "an autograd.Function"),
        ("prod", "silently wrong"),
        ("batch", "batch normalisation"),
    ],
)
def test_a_net_without_forward_mode_is_found_out(kind: str, says: str) -> None:
    found = facts(kind)
    assert found.forward_mode is not None
    assert says in found.forward_mode.message
    assert chosen(STOPPED, found) == ("forward_ad" if kind == "batch" else instead(kind))
    with pytest.raises(DerivativeError, match="help"):
        plan(Asked(False, wish="traced"), found)


def test_fused_attention_is_lowered_to_one_that_has_forward_mode() -> None:
    assert facts("attention").forward_mode is None


def test_a_silently_wrong_gradient_is_found_out() -> None:
    found = facts("det")
    assert found.forward_mode is None
    assert found.recorded is not None
    assert "silently wrong" in found.recorded.message
    assert chosen(STOPPED, found) == "traced"
    assert chosen(THROUGH, found) == "finite_difference"


def test_a_net_whose_last_layer_is_zero_hides_nothing() -> None:
    class Hidden(Of):
        def forward(self, z: Tensor) -> Tensor:
            return super().forward(z) * self.linear.bias.sum()

    net = Hidden("prod")
    nn.init.zeros_(net.linear.bias)
    assert probe(net, (torch.randn(3, 4),), (torch.randn(3, 4),)).forward_mode is not None


@pytest.mark.parametrize("name", ["mlp-dropout", "unet", "dit-sdpa", "branches"])
def test_ordinary_nets_allow_everything(name: str) -> None:
    case = Case(name)
    found = probe(case.net, case.primals, case.tangents)
    assert found.forward_mode is None
    assert found.recorded is None
    assert found.error < 1e-5
    assert probe(case.net, case.primals, case.tangents) is found


class Rounding(Of):
    """Slow in t beside its value, and rounded inside, as a net that enters autocast itself is."""

    def __init__(self, to: torch.dtype) -> None:
        super().__init__("linear")
        self.to_inside = to

    def forward(self, z: Tensor) -> Tensor:
        return (100 + super().forward(1e-3 * z)).to(self.to_inside)


@pytest.mark.parametrize("inside", [torch.float32, torch.bfloat16])
def test_what_a_difference_rounds_away_is_no_fault_of_forward_mode(inside: torch.dtype) -> None:
    found = probe(Rounding(inside), (torch.randn(4, 4),), (torch.randn(4, 4),))
    assert found.forward_mode is None
    assert found.recorded is None


def test_the_plan_follows_the_facts() -> None:
    free = Facts()
    assert chosen(STOPPED, free) == chosen(THROUGH, free, Conditions(compiled=True)) == "traced"
    assert chosen(Asked(False, order=2), free) == "exact"
    assert chosen(Asked(True, held=True), free) == "exact"
    assert plan(Asked(True, wish="finite_difference"), free).reason == "asked for"
    with pytest.raises(DerivativeError, match="dual tensors"):
        plan(Asked(True, wish="forward_ad"))


def test_sharded_weights_are_differentiated_as_torch_can(monkeypatch: pytest.MonkeyPatch) -> None:
    """FSDP2 gathers them inside of a functional transform from torch 2.13 on."""
    sharded = Facts(sharded=True)
    monkeypatch.setattr("fmdsl.lowering.derivatives.planner.GATHERS", True)
    assert chosen(STOPPED, sharded) == chosen(THROUGH, sharded) == "exact"
    monkeypatch.setattr("fmdsl.lowering.derivatives.planner.GATHERS", False)
    assert chosen(STOPPED, sharded) == "forward_ad"
    assert chosen(THROUGH, sharded) == "finite_difference"
    assert "needs torch 2.13" in plan(THROUGH, sharded).reason
    with pytest.raises(DerivativeError, match="or choose finite_difference"):
        plan(Asked(True, wish="exact"), sharded)


def test_what_has_only_a_backward_is_taken_by_two_of_them_unless_compiled() -> None:
    found = Facts(*[DerivativeError("exact", "no forward mode", "write it anew")] * 3)
    assert chosen(STOPPED, found) == "double_backward"
    compiled = plan(STOPPED, found, Conditions(compiled=True, half=True))
    assert compiled.strategy == FiniteDifference(dtype=torch.float32)
    assert compiled.otherwise == "write it anew"


def test_a_branch_on_values_falls_back_with_a_word() -> None:
    net, z, v = Of("branch"), torch.randn(3, 4), torch.randn(3, 4)
    traced = Traced()
    with pytest.warns(UserWarning, match="cannot be traced"):
        _, dout = traced(net, (z,), (v,), record=False)
    assert torch.equal(dout, Exact()(net, (z,), (v,), record=False)[1])
    assert "Of" in traced.fallen


def test_a_refusal_names_the_operator_and_the_remedy() -> None:
    with pytest.raises(DerivativeError, match=r"exact: Of: the operator `_cdist_forward`"):
        Exact()(Of("cdist"), (torch.randn(3, 4),), (torch.randn(3, 4),), record=False)


def test_a_net_inside_ddp_is_refused() -> None:
    class Wrapped(nn.parallel.DistributedDataParallel):
        def __init__(self) -> None:
            nn.Module.__init__(self)

    with pytest.raises(DerivativeError, match="wrap the whole program"):
        Exact()(Wrapped(), (torch.randn(3, 4),), (None,), record=False)
