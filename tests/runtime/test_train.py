"""A training run: what it leaves, how its parts move, how it stops when something is wrong."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

from fmdsl.runtime import randomness
from fmdsl.runtime.average import Average
from fmdsl.runtime.config import Config, OptimizerChoice
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.given import read_given
from fmdsl.runtime.groups import Group, rate
from fmdsl.runtime.journal import read_log
from fmdsl.runtime.nets import build_nets
from fmdsl.runtime.problem import Problem, accepted, load_data, pose
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.train import train
from fmdsl.runtime.trainer import Trainer
from fmdsl.syntax.reader import read
from tests.runtime.tiny import config, final


def test_a_run_leaves_everything_in_its_folder(tmp_path: Path) -> None:
    told = config("eval.at_end=true", "eval.n=50", "eval.metrics=[energy]", "log.tensorboard=true")
    ended = train("meanflow", tmp_path / "run", told)
    assert (ended.step, ended.stopped) == (12, False)
    names = {str(p.relative_to(ended.folder.path)) for p in ended.folder.path.rglob("*")}
    assert {
        "config.yaml", "spec.yaml", "log.jsonl", "metrics.json", "metrics.png", "samples_1.png",
        "samples/00000012_1.png", "export/u.safetensors", "tensorboard",
        "checkpoints/step-00000008.safetensors", "checkpoints/step-00000012.safetensors",
    } <= names  # fmt: skip
    lines = read_log(ended.folder.log_file)
    assert [line["step"] for line in lines if "losses" in line] == [1, 4, 8, 12]
    assert set(lines[1]) == {"step", "seconds", "losses", "norms", "rates"}
    scores = json.loads(ended.folder.metrics_file.read_text())
    assert set(scores) == {"step", "steps", "floor", "closed_form"}
    assert ended.command == f"fmdsl train --out {tmp_path}/run --resume --steps 24"


def test_training_makes_the_loss_smaller(tmp_path: Path) -> None:
    told = config("steps=150", "optimizer.default.lr=1e-2", "log.every=10", nets=("v",))
    ended = train("flow_matching", tmp_path, told)
    losses = [line["losses"]["v"] for line in read_log(ended.folder.log_file) if "losses" in line]
    assert sum(losses[-3:]) / 3 < 0.8 * losses[0]


def test_the_same_seed_gives_the_same_bits_and_another_seed_others(tmp_path: Path) -> None:
    runs = {
        name: final(train("meanflow", tmp_path / name, config(f"seed={seed}")).folder.path)
        for name, seed in (("a", 0), ("b", 0), ("c", 1))
    }
    bias = {name: state["nets"]["u"]["write.bias"] for name, state in runs.items()}
    assert torch.equal(bias["a"], bias["b"])
    assert not torch.equal(bias["a"], bias["c"])


def test_accumulated_parts_make_the_update_of_the_whole_batch(tmp_path: Path) -> None:
    """With the same examples and draws, the mean over two parts is the mean over all."""
    trainer = _trainer(config("accumulate=2"))
    whole = _trainer(config())
    parts: list[Any] = []
    program = trainer.problem.program

    def keeping(batch: Any, group: str, rng: Any, **more: Any) -> Any:
        drawn = program.draw(batch, group, rng)
        parts.append(drawn)
        return program(batch, group=group, draws=drawn, **more)

    trainer.loss = _Loss(keeping)
    trainer.update()
    joint = {k: torch.cat([p[k] for p in parts]) for k in parts[0]}

    def given(batch: Any, group: str, rng: Any, **more: Any) -> Any:
        return whole.problem.program({"points": joint["x"], "label": joint["c"]},
                                     group=group, draws=joint, **more)  # fmt: skip

    whole.loss = _Loss(given)
    whole.update()
    for a, b in zip(_weights(trainer), _weights(whole), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-6)


class _Loss(nn.Module):
    def __init__(self, run: Any) -> None:
        super().__init__()
        self.run = run

    def forward(self, group: str, batch: Any, progress: float, rng: Any) -> Any:
        return self.run(batch, group=group, progress=progress, rng=rng)[group]


def _weights(trainer: Trainer) -> list[torch.Tensor]:
    return [p.detach() for p in trainer.problem.nets.modules["u"].parameters()]


def posed(told: Config, spec: str = "meanflow") -> Problem:
    """A problem at its first step."""
    data, e = load_data(told), accepted(read(spec), told.settings)
    randomness.seed_everything(told.seed)
    return pose(e, data, build_nets(e, told, data), told, torch.device("cpu"))


def _trainer(told: Config, spec: str = "meanflow") -> Trainer:
    return Trainer(posed(told, spec), told, Processes())


def test_an_average_follows_its_net_by_the_recurrence() -> None:
    net = nn.Linear(2, 1)
    average = Average({"u": net}, 0.5)
    expected = [p.detach().clone() for p in net.parameters()]
    for n in range(1, 6):
        with torch.no_grad():
            for p in net.parameters():
                p.add_(1.0)
        average.update()
        decay = min(0.5, (1 + n) / (10 + n))
        expected = [decay * m + (1 - decay) * p for m, p in zip(expected, net.parameters())]
    for mine, told in zip(average.nets["u"].parameters(), expected, strict=True):
        torch.testing.assert_close(mine, told.detach())
    assert not any(p.requires_grad for p in average.nets["u"].parameters())


def test_a_rate_warms_up_by_updates_and_decays_by_progress() -> None:
    choice = OptimizerChoice(lr=1.0, warmup=4, decay="cosine")
    assert rate(choice, 0, 0.0) == 0.25
    assert rate(choice, 3, 0.0) == 1.0
    assert rate(choice, 100, 0.5) == pytest.approx(0.5)
    assert rate(choice, 100, 1.0) == pytest.approx(0.0)


def test_a_groups_gradient_is_clipped_over_its_nets_together() -> None:
    nets: dict[str, nn.Module] = {
        "a": nn.Linear(1, 1, bias=False),
        "b": nn.Linear(1, 1, bias=False),
    }
    group = Group(nets, Config(clip=1.0), torch.device("cpu"))
    loss = 3 * nets["a"].weight.sum() + 4 * nets["b"].weight.sum()
    group.backward(loss)
    assert float(group.norm()) == pytest.approx(5.0)
    assert float(nets["a"].weight.grad) == pytest.approx(0.6, rel=1e-4)  # type: ignore[arg-type]


@pytest.mark.parametrize("kind", ["adam", "radam", "sgd"])
def test_every_optimizer_trains(tmp_path: Path, kind: str) -> None:
    ended = train("meanflow", tmp_path, config("steps=3", f"optimizer.default.kind={kind}"))
    assert torch.isfinite(final(ended.folder.path)["nets"]["u"]["write.bias"]).all()


@pytest.mark.parametrize("precision", ["bf16", "fp64"])
def test_every_precision_trains(tmp_path: Path, precision: str) -> None:
    state = final(
        train("meanflow", tmp_path, config("steps=3", f"precision={precision}")).folder.path
    )
    weights = state["nets"]["u"]["write.bias"]
    assert weights.dtype == (torch.float64 if precision == "fp64" else torch.float32)
    assert torch.isfinite(weights).all() and weights.abs().sum() > 0


def test_a_loss_that_is_not_finite_stops_the_run_and_names_the_first_node(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        train("meanflow", tmp_path, config("settings={}", "optimizer.default.lr=1e38", "clip=null"))
    assert "not finite" in caught.value.message
    assert "lower rate" in caught.value.remedy


def test_a_bad_value_is_named_in_the_specs_own_words() -> None:
    trainer = _trainer(config())
    data = trainer.problem.data

    class Poisoned:
        def __getattr__(self, name: str) -> Any:
            return getattr(data, name)

        def draw(self, count: int, generator: torch.Generator) -> Any:
            batch = data.draw(count, generator)
            batch["points"][0, 0] = float("nan")
            return batch

    trainer.loader.data = Poisoned()  # type: ignore[assignment]
    with pytest.raises(RunError, match=r"loss of `u` at step 0 .* value that is not finite is `x`"):
        trainer.update()


def test_teachers_are_given_and_critics_move_by_their_own_cadence(tmp_path: Path) -> None:
    train("flow_matching", tmp_path / "teacher", config("steps=2", nets=("v",)))
    told = config(
        "steps=7", f"init.T={tmp_path}/teacher", "log.every=1", "batch=8",
        "optimizer.disc.lr=1e-4", nets=("disc",),
    )  # fmt: skip
    ended = train("dmd2", tmp_path / "run", told)
    state = final(ended.folder.path)
    assert {n: g["updates"] for n, g in state["groups"].items()} == {"G": 2, "f+disc": 7}
    assert "T" not in state["nets"]
    assert (ended.folder.given / "T.safetensors").exists()
    rates = next(line for line in read_log(ended.folder.log_file) if line["step"] == 7)["rates"]
    assert rates["disc"] == pytest.approx(rates["f"] / 10)


def test_a_net_starts_from_its_teacher(tmp_path: Path) -> None:
    teacher = train("flow_matching", tmp_path / "teacher", config("steps=2", nets=("v",)))
    trainer = _trainer(config(f"init.T={tmp_path}/teacher", nets=("disc",)), "dmd2")
    expected = final(teacher.folder.path)["average"]["v"]
    for name in ("T", "G", "f"):
        found = trainer.problem.nets.modules[name].state_dict()
        assert all(torch.equal(found[k], expected[k]) for k in expected)


def test_a_missing_teacher_is_refused_with_the_command_that_trains_one(tmp_path: Path) -> None:
    with pytest.raises(RunError) as caught:
        train("dmd2", tmp_path, config(nets=("disc",)))
    assert "needs weights for its teacher `T`" in caught.value.message
    assert "fmdsl train flow_matching --data mixture --out runs/teacher" in caught.value.remedy
    assert "--init T=runs/teacher" in caught.value.remedy


def test_a_teacher_of_another_signature_is_refused(tmp_path: Path) -> None:
    train("meanflow", tmp_path / "other", config("steps=1"))
    with pytest.raises(
        RunError, match=r"holds no net that reads .* it holds `u` \(point, time, time"
    ):
        train("dmd2", tmp_path / "run", config(f"init.T={tmp_path}/other", nets=("disc",)))


def test_an_exported_net_is_read_back(tmp_path: Path) -> None:
    ended = train("meanflow", tmp_path, config("steps=2"))
    told = final(ended.folder.path)
    from fmdsl.runtime.given import Shape

    given = read_given(
        str(ended.folder.exported / "u.safetensors"), "u", Shape.of(told["built"]["u"]["shape"])
    )
    assert all(torch.equal(v, told["average"]["u"][k]) for k, v in given.weights.items())


def test_a_spec_with_labels_trains_on_data_without(tmp_path: Path) -> None:
    ended = train("meanflow", tmp_path, config("data=gaussian", "steps=2"))
    assert ended.step == 2
