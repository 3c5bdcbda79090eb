"""Going on: bit for bit after a kill at any moment, and never from the wrong checkpoint."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import torch

from fmdsl.runtime.config_text import change
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.folder import RunFolder
from fmdsl.runtime.train import go_on, train
from tests.runtime.test_checkpoint import same
from tests.runtime.tiny import config, final, flags

ROOT = Path(__file__).parents[2]
STEPS = ("steps=200", "checkpoint.every=3", "log.every=50", "checkpoint.minutes=null")


def lasting(state: dict[str, Any]) -> dict[str, Any]:
    """All of a state but the clock and the name of the folder."""
    return {k: v for k, v in state.items() if k not in ("seconds", "config")}


def start(folder: Path, *more: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "fmdsl", "train", "--out", str(folder), *more]
    env = os.environ | {"PYTHONPATH": str(ROOT), "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(command, cwd=folder.parent, env=env, stdout=-3, stderr=-3)


def test_a_run_killed_at_any_moment_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """kill -9 after a random time, in the middle of whatever it was doing."""
    whole = train("tvm", tmp_path / "whole", config(*STEPS, nets=("F",)))
    folder = tmp_path / "killed"
    process = start(folder, "tvm", *flags(*STEPS, nets=("F",)))
    run = RunFolder(folder)
    while not list(run.checkpoints.glob("step-*")):
        assert process.poll() is None, "it ended before its first checkpoint"
        time.sleep(0.01)
    time.sleep(random.uniform(0.0, 0.3))
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    killed_at = run.last().state["step"]
    assert 0 < killed_at < 200
    assert go_on(folder).step == 200
    assert same(lasting(final(whole.folder.path)), lasting(final(folder)))


def test_a_run_with_critics_and_copies_goes_on_bit_for_bit(tmp_path: Path) -> None:
    """Every group's optimizer, cadence and the teacher come back; accumulation too."""
    train("flow_matching", tmp_path / "teacher", config("steps=2", nets=("v",)))
    told = ("steps=11", "checkpoint.every=100", "batch=8", "accumulate=2")
    init = f"init.T={tmp_path}/teacher"
    whole = train("dmd2", tmp_path / "whole", config(*told, init, nets=("disc",)))
    train("dmd2", tmp_path / "part", config(*told, init, "steps=4", nets=("disc",)))
    (tmp_path / "teacher" / "config.yaml").unlink()  # what was given is kept in the run
    go_on(tmp_path / "part", changes=[change("steps=11")])
    assert same(lasting(final(whole.folder.path)), lasting(final(tmp_path / "part")))


@pytest.fixture(scope="module")
def ended(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs") / "run"
    torch.manual_seed(0)
    train("meanflow", folder, config("steps=4"))
    return folder


def refused(folder: Path, *args: Any, **kwargs: Any) -> RunError:
    with pytest.raises(RunError) as caught:
        go_on(folder, *args, **kwargs)
    return caught.value


def test_an_ended_run_says_how_to_train_longer(ended: Path) -> None:
    error = refused(ended)
    assert "has ended at step 4" in error.message
    assert f"fmdsl train --out {ended} --resume --steps 8" in error.remedy


def test_another_spec_is_refused(ended: Path) -> None:
    error = refused(ended, "tvm", changes=[change("steps=8")])
    assert "it was written by `meanflow`, not by `tvm`" in error.message
    assert "start a new run" in error.remedy


def test_a_spec_that_has_changed_since_is_refused(ended: Path, tmp_path: Path) -> None:
    text = (ended / "spec.yaml").read_text().replace("0.01", "0.02")
    (tmp_path / "meanflow.yaml").write_text(text)
    error = refused(ended, str(tmp_path / "meanflow.yaml"), changes=[change("steps=8")])
    assert "`meanflow` has changed since" in error.message


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch=32", "batch = 16, not 32"),
        ("nets.u.width=9", "nets.u.width = 8, not 9"),
        ("seed=1", "seed = 0, not 1"),
        ("data=moons", "data.name = mixture, not moons"),
        ("optimizer.default.kind=sgd", "optimizer.default.kind = adamw, not sgd"),
    ],
)
def test_another_config_is_refused(ended: Path, text: str, told: str) -> None:
    error = refused(ended, changes=[change("steps=8"), change(text)])
    assert f"was started with {told}" in error.message


def test_how_long_and_how_fast_may_change(tmp_path: Path) -> None:
    train("meanflow", tmp_path, config("steps=2"))
    changes = [change("steps=4"), change("optimizer.default.lr=1e-4"), change("log.every=1")]
    assert go_on(tmp_path, changes=changes).step == 4


def test_data_that_has_changed_is_refused(tmp_path: Path) -> None:
    import numpy as np

    file = tmp_path / "points.npy"
    np.save(file, np.random.default_rng(0).normal(size=(50, 2)))
    train("meanflow", tmp_path / "run", config(f"data={file}", "steps=1"))
    np.save(file, np.random.default_rng(1).normal(size=(50, 2)))
    assert "other data" in refused(tmp_path / "run", changes=[change("steps=2")]).message


def test_a_folder_without_a_run_or_a_checkpoint_is_refused(tmp_path: Path) -> None:
    assert "holds no run" in refused(tmp_path).message
    train("meanflow", tmp_path / "run", config("steps=1"))
    for file in (tmp_path / "run" / "checkpoints").iterdir():
        file.unlink()
    assert "holds no checkpoint" in refused(tmp_path / "run").message


def test_a_folder_with_a_run_is_not_written_over_unless_told(ended: Path, tmp_path: Path) -> None:
    with pytest.raises(RunError, match="already holds a run"):
        train("meanflow", ended, config("steps=1"))
    train("meanflow", tmp_path, config("steps=1"))
    (tmp_path / "notes.txt").write_text("mine")
    train("meanflow", tmp_path, config("steps=2"), overwrite=True)
    assert (tmp_path / "notes.txt").exists()
    assert final(tmp_path)["step"] == 2
