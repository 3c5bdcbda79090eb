"""Two processes under torchrun: the gradient and the weights of one with the joint batch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from fmdsl.runtime.fault import RunError
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.train import go_on
from tests.runtime.test_train import _trainer
from tests.runtime.tiny import config, final, flags

ROOT = Path(__file__).parents[2]


def torchrun(tmp_path: Path, *command: str) -> subprocess.CompletedProcess[str]:
    launch = [
        sys.executable,
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node",
        "2",
    ]
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        [*launch, *command], cwd=tmp_path, env=env, capture_output=True, text=True, check=False,
        timeout=240,
    )  # fmt: skip


WORKER = """
import sys
import torch
from torch.utils._pytree import tree_map
from fmdsl.runtime.ending import end
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.trainer import Trainer
from tests.runtime.test_train import _trainer
from tests.runtime.tiny import config

told = config("precision=fp64", "clip=null", nets=("F",))
trainer = _trainer(told, "tvm")
processes = Processes.join("gloo")
alone = trainer.problem
trainer = Trainer(alone, told, processes)
draws = torch.load(sys.argv[1], weights_only=True)
half = slice(processes.rank * 8, processes.rank * 8 + 8)
mine = {k: v[half] for k, v in draws.items()}
program = alone.program
program_call = program.forward
program.forward = lambda batch, **more: program_call(batch, draws=mine, **more)
batch = {"points": mine["x"], "label": mine["c"]}
loss = trainer.loss("F", batch, 0.0, trainer.random("F", 0))
loss.backward()
mean = loss.detach().clone()
torch.distributed.all_reduce(mean)
if processes.writes:
    grads = {n: p.grad for n, p in alone.nets.modules["F"].named_parameters()}
    torch.save({"loss": mean / 2, "grads": grads}, sys.argv[2])
processes.wait()
processes.leave()
end(0)
"""


def test_two_processes_have_the_gradient_of_one_with_the_joint_batch(tmp_path: Path) -> None:
    trainer = _trainer(config("precision=fp64", "clip=null", nets=("F",)), "tvm")
    program = trainer.problem.program
    draws = dict(program.draw(trainer._batch(), "F", trainer.random("F", 0)))
    batch = {"points": draws["x"], "label": draws["c"]}
    loss = program(batch, group="F", draws=draws)["F"]
    loss.backward()
    torch.save(draws, tmp_path / "draws.pt")
    (tmp_path / "worker.py").write_text(WORKER)
    done = torchrun(tmp_path, "worker.py", "draws.pt", "found.pt")
    assert done.returncode == 0, done.stderr
    found = torch.load(tmp_path / "found.pt", weights_only=True)
    torch.testing.assert_close(found["loss"], loss.detach(), rtol=1e-6, atol=1e-6)
    for name, p in trainer.problem.nets.modules["F"].named_parameters():
        torch.testing.assert_close(found["grads"][name], p.grad, rtol=1e-6, atol=1e-6)


def test_two_processes_train_one_run_and_go_on_as_two(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("-m", "fmdsl", "train", "--out", str(out))
    done = torchrun(tmp_path, *command, "meanflow", *flags("steps=3"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("go on:") == 1
    state = final(out)
    assert len(state["random"]) == 2
    with pytest.raises(RunError, match="trained by 2 processes, not by 1"):
        go_on(out, changes=[("", "steps", 5)])
    done = torchrun(tmp_path, *command, "--resume", "--steps", "5")
    assert done.returncode == 0, done.stderr
    assert final(out)["step"] == 5


def test_a_batch_that_cannot_be_split_is_refused() -> None:
    assert Processes(0, 2).share(12, 3) == 2
    with pytest.raises(RunError, match="cannot be split over 2 processes in 3 parts"):
        Processes(0, 2).share(16, 3)
