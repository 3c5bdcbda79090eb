"""A program compiled whole: as the eager one, or eager with a word."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch
from torch import Tensor, fx, nn

import fmdsl
from fmdsl.lowering import whole
from fmdsl.lowering.drawing import Draws
from fmdsl.lowering.program import Program
from tests.derivatives.backbones import DiT
from tests.derivatives.on_gpu import gpu_attention
from tests.lowering.nets import Net, batch, close, compiled

EAGER = {"backend": "aot_eager"}


def outcome(program: Program, drawn: Any, group: str) -> list[Tensor]:
    """The loss of a group and the gradient it leaves."""
    program.zero_grad()
    loss = program(drawn["x"], group, draws=drawn)[group]
    loss.backward()
    return [loss, *(p.grad.clone() for p in program.nets.parameters() if p.grad is not None)]


def both(program: Program, group: str, **options: Any) -> tuple[list[Tensor], list[Tensor]]:
    """The outcome of the eager program, and of the compiled one."""
    drawn = program.draw(batch(), group)
    eager = outcome(program, drawn, group)
    program.compile(**options)
    return eager, outcome(program, drawn, group)


@pytest.mark.parametrize(
    ("spec", "group"), [("meanflow", "u"), ("tvm", "F"), ("dmd2", "G"), ("dmd2", "f+disc")]
)
def test_a_compiled_program_has_the_loss_and_gradient_of_the_eager_one(
    spec: str, group: str, recwarn: pytest.WarningsRecorder
) -> None:
    eager, found = both(compiled(spec), group, **EAGER)
    close(found, eager, 1e-12)
    assert not [str(w.message) for w in recwarn if "eagerly" in str(w.message)]


def test_what_is_compiled_is_one_graph_without_a_derivative_in_it() -> None:
    seen: list[fx.GraphModule] = []

    def backend(module: fx.GraphModule, _given: Any) -> Any:
        seen.append(module)
        return module

    both(compiled("meanflow"), "u", backend=backend)
    (only,) = seen
    assert "dual" not in only.code


def images(rows: int = 8, dtype: torch.dtype = torch.float64) -> dict[str, Tensor]:
    x = torch.randn(rows, 2, 4, 4, dtype=dtype)
    return {"pixels": x, "label": torch.randint(0, 3, (rows,))}


def attentive(width: int = 16) -> Program:
    """MeanFlow with a net whose attention is torch's fused call."""
    return fmdsl.compile("meanflow", nets={"u": DiT(True, depth=1, width=width).double()})


def test_a_gpus_attention_is_compiled(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    program = attentive()
    drawn = program.draw(images())
    truth = outcome(program, drawn, "u")
    twin = copy.deepcopy(program)
    twin.compile(**EAGER)
    with gpu_attention(monkeypatch) as calls:
        close(outcome(twin, drawn, "u"), truth, 1e-8)
        assert calls[-1]
    assert not [str(w.message) for w in recwarn if "eagerly" in str(w.message)]


class Branch(Net):
    def forward(self, z: Tensor, *rest: Tensor) -> Tensor:
        out = super().forward(z, *rest)
        return out if out.sum() > 0 else -out


@pytest.mark.filterwarnings("ignore:.*cannot be traced")
def test_a_net_that_cannot_be_compiled_stays_eager_with_a_word() -> None:
    program = fmdsl.compile("meanflow", nets={"u": Branch(2).double()})
    told = r"`u` is not compiled and runs eagerly: Data-dependent branching: Detected(?s:.*)= help"
    with pytest.warns(UserWarning, match=told):
        eager, found = both(program, "u", **EAGER)
    close(found, eager)


def test_what_is_compiled_and_then_fails_is_told_by_its_own_words() -> None:
    def failing(_module: fx.GraphModule, _given: Any) -> Any:
        def run(*_: Tensor) -> Any:
            raise AssertionError("wrong number of dimensions")

        return run

    told = "`u` is not compiled .*: what was compiled fails, AssertionError: wrong number of dim"
    with pytest.warns(UserWarning, match=told):
        eager, found = both(compiled("meanflow"), "u", backend=failing)
    close(found, eager)


def test_a_compiler_that_loses_gradient_is_found_out() -> None:
    def lossy(module: fx.GraphModule, _given: Any) -> Any:
        return lambda *given: [out * 1.0 if i else out.detach().requires_grad_()
                               for i, out in enumerate(module(*given))]  # fmt: skip

    with pytest.warns(UserWarning, match="is off by 100%"):
        eager, found = both(compiled("flow_matching"), "v", backend=lossy)
    close(found, eager)


def test_more_kinds_of_call_than_pay_are_run_eagerly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(whole, "LIMIT", 1)
    program = compiled("flow_matching")
    program.compile(**EAGER)
    program(batch(2))
    with pytest.warns(UserWarning, match="in 1 kinds"):
        program(batch(3))


def test_a_rehearsal_leaves_no_trace() -> None:
    class Noisy(Net):
        def __init__(self) -> None:
            super().__init__(1)
            self.drop, self.norm = nn.Dropout(0.5), nn.BatchNorm1d(3)

        def forward(self, z: Tensor, *rest: Tensor) -> Tensor:
            return self.drop(super().forward(self.norm(z), *rest))

    def run(compile: bool) -> tuple[Tensor, Tensor, Tensor]:
        torch.manual_seed(0)
        program = fmdsl.compile("flow_matching", nets={"v": Noisy().double()})
        if compile:
            program.compile(**EAGER)
        loss = program(batch())["v"]
        (mean, *_) = program.nets.buffers()
        return loss, mean, torch.rand(1)

    close(run(True), run(False))


def test_a_copy_of_a_compiled_program_compiles_its_own_nets() -> None:
    program = compiled("flow_matching")
    both(program, "v", **EAGER)
    twin = copy.deepcopy(program)
    program.zero_grad()
    outcome(twin, twin.draw(batch()), "v")
    assert all(p.grad is None for p in program.nets.parameters())


def test_a_call_that_asks_is_eager() -> None:
    program = compiled("meanflow")
    program.compile(**EAGER)
    assert "error" in program(batch(), ask=("error",)).asked
    assert program.whole is not None
    assert not program.whole.made


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize(("spec", "group"), [("meanflow", "u"), ("tvm", "F")])
@pytest.mark.parametrize("half", [False, True])
def test_on_a_gpu_what_is_compiled_is_what_is_eager(
    spec: str, group: str, half: bool, recwarn: pytest.WarningsRecorder
) -> None:
    program = compiled(spec).float().cuda()
    data = {name: value.float().cuda() for name, value in batch(64).items()}
    data["label"] = data["label"].long()
    drawn = program.draw(data)
    with torch.autocast("cuda", torch.bfloat16, enabled=half):
        eager = outcome(program, drawn, group)
        program.compile()
        found = outcome(program, drawn, group)
    close([f.float() for f in found[:1]], eager[:1], 2e-2 if half else 1e-5)
    off = torch.stack([(a - b).norm() for a, b in zip(found[1:], eager[1:])]).norm()
    size = torch.stack([b.norm() for b in eager[1:]]).norm()
    assert off < (5e-2 if half else 1e-4) * size
    assert not [str(w.message) for w in recwarn if "eagerly" in str(w.message)]


def single(value: Tensor) -> torch.dtype:
    return torch.float32 if value.is_floating_point() else value.dtype


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("half", [False, True])
def test_on_a_gpu_fused_attention_is_compiled_and_has_the_right_gradient(
    half: bool, recwarn: pytest.WarningsRecorder
) -> None:
    """The value by torch's fused attention, which on an H100 is cuDNN's: its backward must run."""
    program = attentive(64)
    names = ["loss", *(name for name, _ in program.nets.named_parameters())]
    drawn = program.draw(images(16))
    truth = outcome(program, drawn, "u")
    program.float().cuda()
    given = Draws({n: v.to("cuda", single(v)) for n, v in drawn.items()})
    given.steady = drawn.steady
    with torch.autocast("cuda", torch.bfloat16, enabled=half):
        found = [outcome(program, given, "u")]
        program.compile()
        found.append(outcome(program, given, "u"))
    for ours in found:
        for name, a, b in zip(names, ours, truth, strict=True):
            if name == "loss" or "qkv" in name:
                assert (a.cpu() - b).norm() < (0.1 if half else 1e-3) * b.norm(), name
    assert not [str(w.message) for w in recwarn if "eagerly" in str(w.message)]
