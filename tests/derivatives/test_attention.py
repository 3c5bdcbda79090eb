"""The dual attention is the derivative of attention, by formulas and by the kernel."""

from __future__ import annotations

import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils._python_dispatch import TorchDispatchMode

from fmdsl.lowering.attention import FusedAttention, dual_attention
from fmdsl.lowering.attention.operator import dual
from fmdsl.lowering.derivatives import Exact, Traced
from tests.derivatives.backbones import Case

HAS_TRITON = importlib.util.find_spec("triton") is not None
ON_CUDA = torch.cuda.is_available()


def plain(q: Tensor, k: Tensor, v: Tensor) -> Tensor:
    return torch.softmax(q @ k.mT * q.shape[-1] ** -0.5, dim=-1) @ v


def draw(n: int, m: int, d: int, dtype: torch.dtype) -> list[Tensor]:
    sizes = [n, m, m] * 2
    return [torch.randn(2, 1, size, d, dtype=dtype, requires_grad=True) for size in sizes]


def check(n: int, m: int, d: int, dtype: torch.dtype, device: str, error: float) -> None:
    parts = [x.detach().to(device).requires_grad_() for x in draw(n, m, d, dtype)]
    truth = torch.func.jvp(plain, tuple(parts[:3]), tuple(parts[3:]))
    o, to, lse = dual_attention(*parts)
    scores = parts[0] @ parts[1].mT * d**-0.5
    assert torch.allclose(lse, scores.logsumexp(-1), atol=10 * error + 1e-5)
    for found, want in zip((o, to), truth, strict=True):
        assert (found - want).norm() <= error * want.norm()
    for weights in ((1.0, 0.0), (0.0, 1.0), (0.7, -1.3)):
        ours, theirs = (
            torch.autograd.grad(
                weights[0] * x.sin().sum() + weights[1] * y.cos().sum(),
                parts,
                retain_graph=True,
                allow_unused=True,
            )
            for x, y in ((o, to), truth)
        )
        for found, want in zip(ours, theirs, strict=True):
            want = torch.zeros_like(found) if want is None else want
            assert (found - want).norm() <= 10 * error * (want.norm() + 1e-2)


def test_the_formulas_are_forward_mode_with_its_gradients() -> None:
    check(5, 7, 6, torch.float64, "cpu", 1e-12)


INTERPRETED = os.environ.get("TRITON_INTERPRET") == "1"


@pytest.mark.skipif(not INTERPRETED, reason="the test below runs it where triton interprets")
@pytest.mark.parametrize(("n", "m"), [(8, 8), (66, 5)])
def test_the_interpreted_kernel_is_forward_mode(n: int, m: int) -> None:
    check(n, m, 16, torch.float32, "cpu", 1e-5)


@pytest.mark.skipif(not HAS_TRITON or ON_CUDA or INTERPRETED, reason="needs triton, on CPU")
def test_the_kernel_is_forward_mode() -> None:
    """Triton decides at its import whether to interpret, so it has a process of its own."""
    here = f"{__file__}::test_the_interpreted_kernel_is_forward_mode"
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", here]
    done = subprocess.run(
        command,
        env={**os.environ, "TRITON_INTERPRET": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout


@pytest.mark.gpu
@pytest.mark.skipif(not ON_CUDA, reason="needs a CUDA device")
@pytest.mark.parametrize("d", [16, 64, 128])
def test_the_kernel_on_cuda_is_forward_mode(d: int) -> None:
    check(150, 90, d, torch.float32, "cuda", 1e-4)


def test_the_operator_is_well_behaved_under_every_transform_of_torch() -> None:
    parts = draw(3, 4, 4, torch.float64)
    torch.library.opcheck(dual, (*parts, 0.5))


class Counted(TorchDispatchMode):
    """How often the dual operator runs."""

    def __init__(self) -> None:
        super().__init__()
        self.calls = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        self.calls += "dual_attention.default" in str(func)
        return func(*args, **(kwargs or {}))


def lowered(case: Case, call: Callable[..., Any], record: bool) -> tuple[Any, Any]:
    with FusedAttention():
        return call(case.net, case.primals, case.tangents, record=record)


@pytest.mark.parametrize("record", [False, True])
@pytest.mark.parametrize("strategy", [Exact, Traced])
def test_a_net_under_forward_mode_is_led_to_it(strategy: type[Any], record: bool) -> None:
    case = Case("dit-sdpa")
    with sdpa_kernel(SDPBackend.MATH):
        out, dout = Exact()(case.net, case.primals, case.tangents, record=record)
    with Counted() as counted:
        found, dfound = lowered(case, strategy(), record)
    assert counted.calls > 0
    assert torch.allclose(out, found, atol=1e-12)
    assert torch.allclose(dout, dfound, atol=1e-12)
    want = torch.autograd.grad((out + dout).square().sum(), case.parameters())
    ours = torch.autograd.grad((found + dfound).square().sum(), case.parameters())
    assert all(torch.allclose(a, b, atol=1e-10) for a, b in zip(want, ours, strict=True))


def test_attention_without_tangents_stays_torchs() -> None:
    q = torch.randn(1, 1, 4, 8)
    with FusedAttention():
        assert torch.equal(
            F.scaled_dot_product_attention(q, q, q), F.scaled_dot_product_attention(q, q, q)
        )
