"""Two processes under torchrun train as one does with the joint batch, wherever weights lie."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import torch

from fmdsl.runtime.fault import RunError
from fmdsl.runtime.processes import Processes
from fmdsl.runtime.train import go_on, train
from fmdsl.runtime.trained import load_trained
from tests.runtime import joint
from tests.runtime.joint import CASES, REFUSED, Case
from tests.runtime.tiny import config, final, flags

ROOT = Path(__file__).parents[2]
#: What of a state does not depend on who came to it.
STATE = ("nets", "copies", "average", "groups")


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


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What each case came to: `one` in one process, `two` in two."""
    made = tmp_path_factory.mktemp("joint")
    (made / "shallow.yaml").write_text(joint.SHALLOW)
    train("flow_matching", made / "teacher", config("steps=2", nets=("v",)))
    one = {str(case): joint.alone(case, made) for case in CASES}
    for name, came in one.items():
        torch.save(came, made / f"{name}.pt")
    done = torchrun(made, "-m", "tests.runtime.joint", str(made))
    assert done.returncode == 0, done.stderr
    assert "Warning" not in done.stderr
    return {"one": one, "two": torch.load(made / "found.pt")}


@pytest.mark.slow
@pytest.mark.parametrize("case", CASES, ids=str)
def test_two_processes_come_to_where_one_does(found: dict[str, Any], case: Case) -> None:
    """The same losses and norms, then weights, averages and moments."""
    one, two = (found[count][str(case)] for count in ("one", "two"))
    far, off = (1e-2, 1e-3) if "precision=bf16" in case.sets else (1e-7, 1e-9)
    torch.testing.assert_close(two["told"], one["told"], rtol=far, atol=off)
    torch.testing.assert_close(_state(two["state"]), _state(one["state"]), rtol=far, atol=off)


@pytest.mark.slow
def test_what_one_process_left_two_can_load(found: dict[str, Any]) -> None:
    """Into nets, copies, averages and optimizers that are sharded by half, bit for bit."""
    left, loaded = found["one"][str(CASES[-1])]["state"], found["two"]["again"]
    torch.testing.assert_close(_state(loaded["state"]), _state(left), rtol=0, atol=0)
    assert loaded["share"] == pytest.approx(0.5, abs=0.01)


def _state(state: dict[str, Any]) -> dict[str, Any]:
    return {key: state[key] for key in STATE}


@pytest.mark.slow
def test_what_sharded_weights_cannot_do_is_refused_before_training(found: dict[str, Any]) -> None:
    twice, compiled = (found["two"][str(case)] for case in REFUSED)
    assert "sharded weights are gone at its second backward" in twice
    assert "choose exact" in twice
    assert "`compile: true` with `distributed: fsdp`" in compiled
    assert "leave `compile` off, or `distributed: ddp`" in compiled


@pytest.mark.slow
@pytest.mark.parametrize("way", ["ddp", "fsdp"])
def test_what_goes_wrong_in_one_process_stops_all_with_its_name(
    found: dict[str, Any], way: str
) -> None:
    told = "the first value that is not finite is `x`, in process 1"
    assert all(told in message for message in found["two"][way])


@pytest.mark.slow
def test_a_run_goes_on_with_its_weights_spread_otherwise_and_alone(tmp_path: Path) -> None:
    out = tmp_path / "run"
    command = ("-m", "fmdsl", "train", "--out", str(out))
    more = ("data=gaussian", "sample.every=2", "eval.at_end=true", "eval.metrics=[energy]")
    for way in (("meanflow", *flags("steps=3", *more)), ("--resume", "--steps", "5")):
        distributed = "ddp" if "--resume" in way else "fsdp"
        done = torchrun(tmp_path, *command, *way, "--set", f"distributed={distributed}")
        assert done.returncode == 0, done.stderr
        assert "warning" not in done.stderr.lower()
        assert done.stdout.count("go on: ") == 1
        assert "--nproc-per-node 2 -m fmdsl train" in done.stdout
    assert (final(out)["step"], len(final(out)["random"])) == (5, 2)
    assert load_trained(out).samples(3, 1).shape == (3, 2)
    with pytest.warns(UserWarning, match="by 2 processes and goes on by 1: its state is the same"):
        go_on(out, changes=[("", "steps", 7)])
    assert (final(out)["step"], len(final(out)["random"])) == (7, 1)


def test_a_run_of_several_machines_says_how_it_is_started_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert " ".join(Processes(0, 8).launch) == "torchrun --nnodes 2 --nproc-per-node 4 -m"
    assert Processes().launch == []


def test_a_batch_that_cannot_be_split_is_refused() -> None:
    assert Processes(0, 2).share(12, 3) == 2
    with pytest.raises(RunError, match="cannot be split over 2 processes in 3 parts"):
        Processes(0, 2).share(16, 3)
