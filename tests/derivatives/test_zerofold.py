"""Folding structural zeros leaves every value as it was, and half of the products."""

from __future__ import annotations

from typing import Any

import pytest
import torch
import torch._inductor.config as inductor
from torch import Tensor
from torch.fx import Graph, GraphModule
from torch.fx.experimental.proxy_tensor import make_fx

from fmdsl.lowering.compiled import FoldZeros, compiled, folding
from fmdsl.lowering.derivatives import Exact, Traced
from fmdsl.lowering.derivatives.trace import Dual, Trace, flat, trace
from fmdsl.lowering.derivatives.weights import state_of
from fmdsl.lowering.zerofold import fold
from tests.derivatives.backbones import Case

PRODUCTS = ("mm", "addmm", "bmm", "convolution")


def products(graph: Graph) -> int:
    names = [
        str(node.target).split(".")[1]
        for node in graph.nodes
        if node.op == "call_function" and "." in str(node.target)
    ]
    return sum(name in PRODUCTS for name in names)


def traced(case: Case, folded: bool) -> Trace:
    state = state_of(case.net)
    return trace(Dual(case.net, state, case.primals, case.tangents, record=True, folded=folded))


def run(found: Trace, case: Case) -> list[Tensor]:
    return found.run(*flat(state_of(case.net), case.primals, case.tangents))


@pytest.mark.parametrize("name", ["mlp-layernorm", "unet", "dit"])
def test_it_keeps_every_value_and_drops_the_third_product(name: str) -> None:
    case = Case(name)
    plain, folded = traced(case, folded=False), traced(case, folded=True)
    assert all(torch.equal(a, b) for a, b in zip(run(plain, case), run(folded, case), strict=True))
    assert products(folded.run.graph) < 0.75 * products(plain.run.graph)


def graph_of(function: Any, *inputs: Tensor) -> GraphModule:
    module = make_fx(function)(*inputs)
    fold(module.graph)
    module.recompile()
    return module


RULES: dict[str, Any] = {
    "x + 0": lambda x, w: x + torch.zeros(3, 3),
    "0 - x": lambda x, w: torch.sub(torch.zeros(3, 3), x, alpha=2),
    "0 w + x": lambda x, w: torch.zeros(3, 3) @ w + x,
    "addmm, zero product": lambda x, w: torch.addmm(x, torch.zeros(3, 3), w),
    "addmm, zero bias": lambda x, w: torch.addmm(torch.zeros(3), x, w),
    "broadcast": lambda x, w: torch.zeros(2, 3, 3) + x,
    "type": lambda x, w: x + torch.zeros(3, 3, dtype=torch.float64),
    "views": lambda x, w: x + torch.zeros(9).view(3, 3).t().expand(3, 3),
    "cat": lambda x, w: torch.cat([torch.zeros(3, 3) * x, torch.zeros(3, 3)]) + torch.cat([x, w]),
    "a zero is the answer": lambda x, w: torch.zeros(3, 3) @ w,
    "a zero is read": lambda x, w: torch.cat([torch.zeros(3, 3) @ w, x]),
    "convolution": lambda x, w: torch.conv1d(x[None], torch.zeros(3, 3, 1)) + x,
}


@pytest.mark.parametrize("rule", list(RULES))
def test_each_rule_keeps_the_value(rule: str) -> None:
    x, w = torch.randn(2, 3, 3).unbind(0)
    module = graph_of(RULES[rule], x, w)
    want = RULES[rule](x, w)
    found = module(x, w)
    assert torch.equal(found, want)
    assert found.dtype == want.dtype
    assert products(module.graph) <= ("zero bias" in rule)


def test_a_zero_that_is_written_to_is_not_zero() -> None:
    def write(x: Tensor, w: Tensor) -> Tensor:
        held = torch.zeros(3, 3)
        held[:2].copy_(x[:2])
        return held @ w

    x, w = torch.randn(2, 3, 3).unbind(0)
    assert torch.equal(graph_of(write, x, w)(x, w), write(x, w))


def test_inductors_hook_is_restored() -> None:
    with folding():
        assert isinstance(inductor.joint_custom_pre_pass, FoldZeros)
    assert inductor.joint_custom_pre_pass is None


def test_a_pass_already_there_is_kept_and_runs_first() -> None:
    seen: list[Graph] = []
    with inductor.patch(joint_custom_pre_pass=seen.append), folding():
        found = inductor.joint_custom_pre_pass
        assert isinstance(found, FoldZeros)
        found(Graph())
    assert len(seen) == 1


@pytest.mark.slow
def test_a_compiled_loss_through_a_derivative_has_the_eager_gradient() -> None:
    """Stock compilation of this dies: ZeroTensors are immutable."""
    case = Case("mlp-layernorm", torch.float32)

    def loss(z: Tensor, t: Tensor) -> Tensor:
        primals = (z, case.primals[1], t, case.primals[3])
        u, du = Exact()(case.net, primals, case.tangents, record=True)
        return (u + du).square().sum()

    z, t = case.primals[0], case.primals[2]
    eager = torch.autograd.grad(loss(z, t), case.parameters())
    ours = torch.autograd.grad(compiled(loss)(z, t), case.parameters())
    assert all(torch.allclose(a, b, atol=1e-5, rtol=1e-4) for a, b in zip(eager, ours, strict=True))


@pytest.mark.parametrize("strategy", ["traced", "difference"])
@pytest.mark.parametrize("record", [False, True])
def test_a_whole_loss_compiles_in_one_graph(strategy: str, record: bool) -> None:
    from fmdsl.lowering.derivatives import FiniteDifference

    derivative = {"traced": Traced(), "difference": FiniteDifference()}[strategy]
    case = Case("mlp-layernorm")

    def loss(z: Tensor, t: Tensor) -> Tensor:
        primals = (z, case.primals[1], t, case.primals[3])
        u, du = derivative(case.net, primals, case.tangents, record=record)
        return (u - u.detach().cos() + du).square().sum()

    z, t = case.primals[0], case.primals[2]
    torch._dynamo.reset()
    eager = torch.autograd.grad(loss(z, t), case.parameters())
    ours = torch.autograd.grad(
        torch.compile(loss, fullgraph=True, backend="aot_eager")(z, t), case.parameters()
    )
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(eager, ours, strict=True))
