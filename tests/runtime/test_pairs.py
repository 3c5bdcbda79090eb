"""Noise and the sample it flows to, as data for a further round."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from fmdsl.lowering.error import CompileError
from fmdsl.runtime.data import DataError, load
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.pairs import save_pairs
from fmdsl.runtime.train import train
from fmdsl.runtime.trained import Trained, load_trained
from tests.runtime.tiny import config


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("runs") / "rf"
    told = config("steps=40", "optimizer.default.lr=1e-2", "precision=fp64", nets=("v",))
    train("rectified_flow", folder, told)
    return load_trained(folder, "cpu")


@pytest.fixture(scope="module")
def pairs(flow: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("data") / "pairs.npz"
    return save_pairs(flow, 60, file, solver="dopri5")


def test_each_sample_flows_back_to_its_noise(flow: Trained, pairs: Path) -> None:
    found = np.load(pairs)
    x, e, y = (torch.from_numpy(found[name]) for name in ("x", "e", "y"))
    program = flow.problem.program
    there = program.sample(x.double(), label=y, times=(0, 1), solver="dopri5", nets=flow.nets)
    torch.testing.assert_close(there, e.double(), rtol=0, atol=1e-5)
    assert (x - e).abs().max() > 0.1


def test_pairs_are_data_with_noise_by_name(pairs: Path) -> None:
    data = load(pairs)
    assert data.fields == ("points", "label", "noise") and data.classes == 8
    batch = data.take(torch.arange(3))
    assert batch["noise"].shape == batch["points"].shape == (3, 2)


def test_another_round_trains_on_them_and_other_methods_leave_the_noise(
    flow: Trained, pairs: Path, tmp_path: Path
) -> None:
    told = config("precision=fp64", f"data={pairs}", f"init.v={flow.folder.path}", nets=("v",))
    assert train("reflow", tmp_path / "rf2", told).step == 12
    file = save_pairs(load_trained(tmp_path / "rf2", "cpu"), 20, tmp_path / "again.npz", steps=2)
    assert train("meanflow", tmp_path / "mf", config(f"data={file}", "steps=1")).step == 1


def test_data_without_noise_are_refused_with_the_command(tmp_path: Path) -> None:
    with pytest.raises(CompileError, match="fmdsl pairs RUN"):
        train("reflow", tmp_path, config("steps=1", nets=("v",)))


def test_samples_that_depend_on_new_noise_make_no_pairs(tmp_path: Path) -> None:
    train("scm", tmp_path, config("steps=1", nets=("F", "w")))
    with pytest.raises(RunError, match="depend on new noise"):
        save_pairs(load_trained(tmp_path, "cpu"), 4, tmp_path / "x.npz")


def test_pairs_go_into_an_npz(flow: Trained, tmp_path: Path) -> None:
    with pytest.raises(RunError, match=r"name an \.npz"):
        save_pairs(flow, 4, tmp_path / "x.npy")


def test_noise_of_another_shape_is_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "x.npz", x=np.zeros((20, 2), np.float32), e=np.zeros((20, 3), np.float32))
    with pytest.raises(DataError, match=r"noise has shape \(20, 3\)"):
        load(tmp_path / "x.npz")
