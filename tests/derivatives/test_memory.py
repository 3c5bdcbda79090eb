"""A tape and the free memory are measured, and what does not fit is taken otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
from torch import nn

from fmdsl.lowering.derivatives import Asked, Conditions, Facts, FiniteDifference, plan
from fmdsl.lowering.derivatives import memory as memories
from fmdsl.lowering.derivatives.memory import Memory, free, memory
from tests.lowering.nets import batch, compiled

CPU = torch.device("cpu")


def two_layers(dtype: torch.dtype = torch.float64) -> nn.Module:
    return nn.Sequential(nn.Linear(3, 8), nn.Tanh(), nn.Linear(8, 4)).to(dtype)


def test_a_tape_is_what_a_forward_saves_for_its_backward() -> None:
    found = memory(two_layers(), (torch.randn(10, 3, dtype=torch.float64),))
    assert found is not None
    assert found.rows == 10
    assert found.tape == 10 * (3 + 8) * 8  # the first linear's input, and tanh's output once


def test_autocast_makes_it_shorter_and_its_weights_are_not_in_it() -> None:
    with torch.autocast("cpu", torch.bfloat16):
        found = memory(two_layers(torch.float32), (torch.randn(10, 3),))
    assert found is not None
    assert found.tape == 10 * (3 + 8) * 2


def test_a_net_that_cannot_be_called_on_few_rows_has_none() -> None:
    class Ten(nn.Module):
        def forward(self, z: torch.Tensor) -> torch.Tensor:
            return z.reshape(10, -1)

    assert memory(Ten(), (torch.randn(10, 3),)) is None


def test_gradients_still_to_come_are_not_free(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memories, "free", lambda _device: 10_000)
    net, z = two_layers(), torch.randn(2, 3, dtype=torch.float64)
    size = 8 * sum(p.numel() for p in net.parameters())
    before = memory(net, (z,))
    net(z).sum().backward()
    after = memory(net, (z,))
    assert before is not None
    assert after is not None
    assert (before.free, after.free) == (10_000 - size, 10_000)


def test_linux_says_what_is_available(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said = tmp_path / "meminfo"
    said.write_text("MemTotal:  100 kB\nMemFree:  1 kB\nMemAvailable:  7 kB\n")
    monkeypatch.setattr(memories, "MEMINFO", said)
    assert free(CPU) == 7 * 1024
    monkeypatch.setattr(memories, "MEMINFO", tmp_path / "none")
    assert (free(CPU) or 0) > 7 * 1024


def test_on_cuda_what_torch_holds_for_later_is_free(monkeypatch: pytest.MonkeyPatch) -> None:
    said = {"mem_get_info": (100, 900), "memory_reserved": 50, "memory_allocated": 20}
    for name, value in said.items():
        monkeypatch.setattr(torch.cuda, name, lambda _device, value=value: value)
    assert free(torch.device("cuda")) == 130


def test_a_derivative_that_does_not_fit_is_one_sided() -> None:
    two = Conditions(memory=Memory(tape=10, rows=1, free=20))
    tight = plan(Asked(record=True), Facts(), two)
    assert tight.strategy == FiniteDifference(side="forward")
    assert tight.cost.memory == 2
    assert plan(Asked(record=False), Facts(), two).strategy.name == "traced"
    dropout = Conditions(compiled=True, memory=two.memory)
    assert plan(Asked(record=True), Facts(draws=True), dropout).strategy.name == "traced"


def test_a_program_weighs_the_memory_at_each_number_of_rows(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    program = compiled("tvm")
    (net,) = program.nets.children()
    room = sum(p.nbytes for p in net.parameters()) + 8_000
    monkeypatch.setattr(memories, "free", lambda _device: room)
    program(batch(4))
    (few, *_) = program.explain()
    assert few.strategy == "traced"
    assert few.room is not None
    assert few.room.rows == 4
    with pytest.warns(UserWarning, match="one-sided difference: 2.7 tapes for `traced` do not fit"):
        program(batch(64))
    (many, *_) = program.explain()
    assert many.strategy.startswith("finite_difference")
    assert "a tape of 64 rows takes" in many.reason
    assert many.otherwise == "more memory, or fewer rows (traced)"
    asked = compiled("tvm", derivative="exact")
    asked(batch(64))
    assert asked.explain()[0].strategy == "exact"
