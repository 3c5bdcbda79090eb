"""What a program promises: draws supplied or made, values asked back, groups, averages."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

import fmdsl
from fmdsl.lowering.rng import Random
from fmdsl.syntax.reader import read_text
from tests.lowering.nets import B, D, batch, close, compiled, head, joint, marginal


def test_a_users_own_loop() -> None:
    """The whole of it: compile, loss, backward, step, sample."""
    my_module = joint()
    loader = [batch() for _ in range(3)]

    program = fmdsl.compile("meanflow", nets={"u": my_module})
    optimizer = torch.optim.AdamW(my_module.parameters(), lr=1e-2)
    before = copy.deepcopy(my_module.state_dict())
    for data in loader:
        losses = program(data)
        sum(losses.values()).backward()
        optimizer.step()
        optimizer.zero_grad()
        program.follow()
    samples = program.sample(torch.randn(5, D, dtype=torch.float64), label=1)

    assert samples.shape == (5, D)
    assert torch.isfinite(samples).all()
    assert any((before[k] != v).any() for k, v in my_module.state_dict().items())


def test_draws_given_are_used_and_values_asked_come_back() -> None:
    program = compiled("meanflow")
    data = batch()
    t = torch.linspace(0.1, 0.9, B, dtype=torch.float64)
    given = {"t": t, "r": 0.5 * t, "e": torch.ones(B, D, dtype=torch.float64)}
    losses = program(data, draws=given, ask=("z", "t", "x", "error", "u"))
    asked = losses.asked
    assert torch.equal(asked["t"], t)
    close(asked["x"], data["pixels"])
    close(asked["z"], (1 - t[:, None]) * data["pixels"] + t[:, None])
    close(losses["u"], asked["u"].mean().to(losses["u"]))
    close(asked["u"], asked["error"] / (asked["error"] + 0.01))
    assert not any(v.requires_grad for v in asked.values())


def test_asking_changes_nothing_that_is_drawn() -> None:
    program = compiled("dmd2")
    data = batch()
    plain = program(data, "G", rng=torch.Generator().manual_seed(3))["G"]
    asked = program(data, "G", rng=torch.Generator().manual_seed(3), ask=("z'", "x", "direction"))
    assert plain == asked["G"]
    assert asked.asked["z'"].shape == (B, D)


def test_a_batch_is_a_tensor_a_tuple_or_named_fields() -> None:
    program = compiled("flow_matching")
    data = batch()
    drawn = program.draw(data)
    rest = {k: drawn[k] for k in ("e", "t")}
    losses = [
        program(form, draws=rest)["v"]
        for form in (data, (data["pixels"], data["label"]), list(data.values()))
    ]
    assert losses[0] == losses[1] == losses[2]
    empty = program(data["pixels"], draws=rest, ask=("c",))
    assert (empty.asked["c"] == -1).all()


def test_the_empty_label_is_a_nets_own_null_row() -> None:
    program = compiled("flow_matching")
    v = program.weights["v"]
    z, t = torch.randn(B, D, dtype=torch.float64), torch.ones(B, dtype=torch.float64)
    found = program.sample(z, times=(1.0, 0.0), steps=1)
    close(found, z - v(z, t, torch.full((B,), v.null_label)))


def test_equal_rows_come_first_and_are_as_many_as_said() -> None:
    program = compiled("meanflow")
    drawn = program.draw(batch(rows=16))
    same = drawn["r"] == drawn["t"]
    assert same[:12].all()
    assert not same[12:].any()
    assert (drawn["r"] <= drawn["t"]).all()


def test_clocks_given_off_the_diagonal_are_not_split() -> None:
    """The first rows are then not equal, and no row may skip its derivative."""
    split, whole = compiled("meanflow"), compiled("meanflow", passes=())
    whole.load_state_dict(split.state_dict())
    data = batch()
    t = torch.linspace(0.1, 0.9, B, dtype=torch.float64)
    given = {"t": t, "r": t.flip(0) / 4, "e": torch.randn(B, D, dtype=torch.float64)}
    close(split(data, draws=given)["u"], whole(data, draws=given)["u"])


@pytest.mark.parametrize("rows", [1, 2])
def test_a_batch_too_small_to_split_is_not_split(rows: int) -> None:
    program = compiled("meanflow")
    assert torch.isfinite(program(batch(rows))["u"])


def test_on_an_eager_gpu_small_launches_are_not_doubled(monkeypatch: pytest.MonkeyPatch) -> None:
    program = compiled("meanflow", derivative="exact")
    drawn = program.draw(batch(16))
    split = program(drawn["x"], draws=drawn)["u"]
    monkeypatch.setattr("fmdsl.lowering.ready.precision", lambda _: ("cuda", None))
    close(program(drawn["x"], draws=drawn)["u"], split)
    (row,) = program.explain()
    assert row.rows == 1
    assert "launches would do too little" in row.reason
    monkeypatch.setattr("fmdsl.lowering.derivatives.launches.LAUNCH", 0)
    program(drawn["x"], draws=drawn)
    assert len(program.explain()) == 2


def test_few_rows_are_called_at_once() -> None:
    program, whole = compiled("dmd2"), compiled("dmd2", passes=())
    whole.load_state_dict(program.state_dict())
    calls: list[int] = []
    program.nets["disc"].register_forward_hook(lambda _net, _given, out: calls.append(len(out)))
    for rows, seen in ((2, [4]), (8, [8, 8])):
        drawn = program.draw(batch(rows), "f+disc")
        calls.clear()
        found = program(drawn["x"], "f+disc", draws=drawn)["f+disc"]
        assert calls == seen
        close(found, whole(drawn["x"], "f+disc", draws=drawn)["f+disc"])


SHARED = """spec: shared
nets:
  u: student(point@t, t) -> tangent
draw:
  x: data
  e: noise
  k: shared(uniform(0, 1))
  t: uniform(0, k)
let:
  z: path(x, e, t)
minimize:
  u: mse(u(z, t), D(z, t))
"""


class Still(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Parameter(torch.ones(()))

    def forward(self, z: torch.Tensor, t: torch.Tensor) -> torch.Tensor:
        return self.a * z


def test_shared_is_one_value_for_the_batch_and_for_all_ranks() -> None:
    program = fmdsl.compile(read_text(SHARED), nets={"u": Still()})
    x = torch.randn(B, D)

    def on_rank(rank: int) -> Random:
        own = torch.Generator().manual_seed(rank)
        return Random(own, torch.Generator().manual_seed(7))

    ranks = [program.draw(x, rng=on_rank(r)) for r in range(2)]
    assert len(set(ranks[0]["k"].tolist())) == 1
    assert torch.equal(ranks[0]["k"], ranks[1]["k"])
    assert not torch.equal(ranks[0]["e"], ranks[1]["e"])
    assert (ranks[0]["t"] <= ranks[0]["k"]).all()
    assert not torch.equal(program.draw(x)["k"], program.draw(x)["k"])


def test_averages_follow() -> None:
    program = compiled("tvm")
    net, average = program.weights["F"], program.copies["F ema(0_99)"]
    old = [p.clone() for p in average.parameters()]
    with torch.no_grad():
        for p in net.parameters():
            p.add_(1.0)
    program.follow()
    for p, q, before in zip(net.parameters(), average.parameters(), old):
        close(q, 0.99 * before + 0.01 * p)
        assert not q.requires_grad
    assert not average.training
    program.train()
    assert net.training
    assert not average.training


def test_a_net_that_starts_from_another_is_a_trainable_copy() -> None:
    teacher = marginal().requires_grad_(False)
    program = fmdsl.compile("dmd2", nets={"T": teacher, "disc": head()})
    generator = program.weights["G"]
    assert generator is not teacher
    for p, q in zip(generator.parameters(), teacher.parameters()):
        assert torch.equal(p, q)
        assert p.requires_grad
    assert program.trained("f+disc") == [
        *program.weights["f"].parameters(),
        *program.weights["disc"].parameters(),
    ]


STAGED = (
    SHARED.replace("minimize:\n  u: mse(u(z, t), D(z, t))\n", "")
    + """stages:
  warmup, 1/4:
    u: mse(u(z, t), D(z, t))
  main, 3/4:
    u every 3: sse(u(z, t), D(z, t))
"""
)


def test_what_is_due() -> None:
    assert [g for g in range(11) if "G" in compiled("dmd2").due(g, 0.0)] == [0, 5, 10]
    program = fmdsl.compile(read_text(STAGED), nets={"u": Still()})
    first, second = program.objectives
    assert program.due(7, 0.0) == program.due(7, 0.249) == (first,)
    assert program.due(7, 0.25) == ()
    assert program.due(9, 0.25) == program.due(9, 1.0) == (second,)
    assert tuple(program(torch.randn(B, D), progress=0.1)) == (first,)


def test_the_first_value_that_is_not_finite_is_named() -> None:
    program = compiled("meanflow")
    data = batch()
    assert program.first_nonfinite(data) is None
    drawn = program.draw(data)
    drawn["e"][0, 0] = float("inf")
    assert program.first_nonfinite(data, draws=drawn) == "e"
    with torch.no_grad():
        program.weights["u"].leave.bias[0] = float("nan")
    assert program.first_nonfinite(data).startswith("u")


def test_progress_reaches_the_loss() -> None:
    text = SHARED.replace("mse(u(z, t), D(z, t))", "progress * mse(u(z, t), D(z, t))")
    program = fmdsl.compile(read_text(text), nets={"u": Still()})
    x = torch.randn(B, D)
    drawn = program.draw(x)
    half, whole = (program(x, draws=drawn, progress=p)["u"] for p in (0.5, 1.0))
    close(2 * half, whole, 1e-6)
