"""`compile train sample eval` as a user meets them: output, exit codes, no traceback ever."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.runtime.tiny import flags


@dataclass
class Said:
    """What a command printed, and its exit code."""

    code: int
    out: str
    err: str


Cli = Callable[..., Said]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Cli:
    from fmdsl.cli import main

    def call(*words: object) -> Said:
        monkeypatch.chdir(tmp_path)
        monkeypatch.setattr(sys, "argv", ["fmdsl", *map(str, words)])
        monkeypatch.setenv("PATH", str(tmp_path))
        code: object = 0
        try:
            main()
        except SystemExit as exit:
            code = exit.code or 0
        said = capsys.readouterr()
        assert isinstance(code, int)
        assert "Traceback" not in said.err
        return Said(code, said.out, said.err)

    return call


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from fmdsl.runtime.train import train
    from tests.runtime.tiny import config

    folder = tmp_path_factory.mktemp("runs") / "demo"
    train("meanflow", folder, config("steps=2"))
    return folder


def test_a_run_is_trained_sampled_and_measured(cli: Cli, tmp_path: Path) -> None:
    trained = cli("train", "meanflow", *flags("steps=2"))
    assert trained.code == 0, trained.err
    assert "trained 2 steps; see runs/meanflow/" in trained.out
    assert "go on: fmdsl train --out runs/meanflow --resume --steps 4" in trained.out
    sampled = cli("sample", "runs/meanflow", "--steps", 1, 2, "--n", 5, "--out", "x.npy")
    assert sampled.code == 0, sampled.err
    assert sampled.out.split() == ["x_1.npy", "x_2.npy"]
    assert np.load(tmp_path / "x_2.npy").shape == (5, 2)
    measured = cli("eval", "runs/meanflow", "--steps", 1, 2, "--n", 50, "--metric", "energy")
    assert measured.code == 0, measured.err
    assert "real data" in measured.out and "energy" in measured.out
    saved = json.loads((tmp_path / "runs/meanflow/metrics.json").read_text())
    assert set(saved["steps"]) == {"1", "2"}
    went_on = cli("train", "--out", "runs/meanflow", "--resume", "--steps", 4)
    assert "trained 4 steps" in went_on.out


def test_measures_are_data_where_asked(cli: Cli, run: Path, tmp_path: Path) -> None:
    said = cli(
        "eval", run, "--steps", 1, "--metric", "energy", "--json", "--out", tmp_path / "m.json"
    )
    assert json.loads(said.out)["floor"].keys() == {"energy"}


@pytest.mark.parametrize(
    ("words", "code", "told"),
    [
        ("train", 2, "name a spec"),
        ("train meanflo --out r", 1, "did you mean `meanflow`?"),
        ("train meanflow --out r --data digts", 1, "did you mean `digits`?"),
        ("train meanflow --out r --data nowhere/", 1, "no such file or folder"),
        ("train meanflow --out r --device cuda:7", 1, "torch sees"),
        ("train meanflow --out r --device gpu", 2, "`gpu` is no device"),
        ("train meanflow --out r --set batchs=3", 2, "did you mean `batch`?"),
        ("train meanflow --out r --set nets.v.backbone=mlp", 2, "has no net `v`"),
        ("train meanflow --out r --set nets.u.backbone=unett", 1, "did you mean `unet`?"),
        ("train meanflow --out r --set nets.u.chanels=3", 1, "did you mean `channels`?"),
        ("train meanflow --out r --batch 0", 2, "`batch` is 0; expected: at least 1"),
        ("train meanflow --out r --precision fp8", 2, "one of fp32, bf16, fp16, fp64"),
        ("train meanflow --out r --with beta=1", 2, "has no setting `beta`"),
        ("train meanflow --out r --with beta", 2, "is no NAME=VALUE"),
        ("train meanflow --out r --derivative exat", 1, "did you mean `exact`?"),
        ("train meanflow --out r --config none.yaml", 2, "none.yaml cannot be read"),
        ("train meanflow --out r --init u=nowhere", 1, "there is no nowhere"),
        ("train dmd2 --out r", 1, "fmdsl train flow_matching --data digits --out runs/teacher"),
        ("train --out nowhere --resume", 1, "nowhere holds no run"),
        ("sample nowhere", 1, "nowhere holds no run"),
        ("sample nowhere also", 2, "are not numbers of steps"),
        ("sample nowhere --steps 1 --times 1,0", 2, "not both"),
        ("sample nowhere --times 1,x", 2, "are no numbers"),
        ("sample nowhere --with scale", 2, "is no NAME=NUMBER"),
        ("eval nowhere", 1, "nowhere holds no run"),
        ("compile meanflo", 1, "did you mean `meanflow`?"),
        ("compile meanflow --derivative exat", 1, "did you mean `exact`?"),
        ("compile meanflow --with beta=1", 1, "beta"),
    ],
)
def test_what_cannot_be_is_refused_in_words(cli: Cli, words: str, code: int, told: str) -> None:
    said = cli(*words.split())
    assert told in " ".join(said.err.split()), said.err
    assert said.code == code


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["train", "meanflow", "--out", "RUN"], "already holds a run"),
        (["train", "--out", "RUN", "--resume"], "has ended at step 2"),
        (["train", "tvm", "--out", "RUN", "--resume", "--steps", "9"], "is of another spec"),
        (["train", "--out", "RUN", "--resume", "--batch", "9"], "started with batch = 16, not 9"),
        (["sample", "RUN", "--label", "99"], "has no label 99"),
        (["sample", "RUN", "--steps", "0"], "0 steps are no sampler"),
        (["sample", "RUN", "--times", "0,1"], "do not lead from noise to data"),
        (["sample", "RUN", "--times", "2,0"], "outside of the path's [0, 1]"),
        (["sample", "RUN", "--solver", "heun"], "a solver is for a velocity"),
        (["sample", "RUN", "--gamma", "2"], "take 0 to 1"),
        (["sample", "RUN", "--out", "x.bmp"], "no file that samples go into"),
        (["sample", "RUN", "--solver", "x", "--device", "cuda:9"], "torch sees"),
        (["eval", "RUN", "--metric", "energi"], "did you mean `energy`?"),
    ],
)
def test_a_run_that_is_there_is_used_rightly_or_not_at_all(
    cli: Cli, run: Path, words: list[str], told: str
) -> None:
    said = cli(*(str(run) if w == "RUN" else w for w in words))
    assert told in said.err
    assert said.code == 1


def test_a_folder_with_a_corrupt_image_is_refused_by_its_name(cli: Cli, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    folder.mkdir()
    for i in range(3):
        Image.new("L", (8, 8), i * 40).save(folder / f"{i}.png")
    (folder / "bad.png").write_bytes(b"\x89PNG\r\n\x1a\n broken")
    said = cli("train", "meanflow", "--out", "r", "--data", folder)
    assert said.code == 1
    assert "bad.png cannot be read as a picture" in said.err
    assert "remove or repair the file" in said.err


def test_compile_shows_the_calls_the_graph_and_the_code(cli: Cli) -> None:
    plain = cli("compile", "tvm")
    assert "F: " in plain.out and "forwards a step" in plain.out
    shown = cli("compile", "tvm", "--explain", "--graph", "--code", "--derivative", "exact")
    assert shown.code == 0, shown.err
    for part in ("exact", "graph F", "def forward(self"):
        assert part in shown.out
    told = json.loads(cli("compile", "dmd2", "--json").out)
    assert {row["group"] for row in told["calls"]} == {"G", "f+disc"}


def test_a_warning_is_told_without_the_python_that_gave_it(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fmdsl.lowering.derivatives.memory.free", lambda _device: 1)
    said = cli("compile", "tvm", "--explain")
    assert said.err.startswith("warning: the derivative of `F` is taken by a one-sided difference")
    assert "UserWarning" not in said.err and "warnings.warn" not in said.err


def test_a_program_that_ends_with_a_word_is_no_success(
    cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fmdsl.cli.app", lambda: lambda prog_name: sys.exit("no more"))
    assert cli("list") == Said(1, "", "no more\n")


def test_the_demos_config_is_one_that_trains(cli: Cli) -> None:
    from fmdsl.runtime.config_text import load_config

    file = Path(__file__).parents[2] / "runtime" / "configs" / "demo.yaml"
    config = load_config(file)
    assert config.minutes is not None and config.minutes < 5
    said = cli(
        "train", "meanflow", "--data", "digits", "--config", file, "--out", "demo", "--steps", 2,
        "--set", "threads=1", "--set", "nets.u.channels=8", "--set", "eval.n=40",
        "--set", "eval.metrics=[energy]", "--set", "log.progress=false",
    )  # fmt: skip
    assert said.code == 0, said.err
    assert "demo/samples_1.png" in said.out and "demo/metrics.png" in said.out
    assert "go on: fmdsl train --out demo --resume" in said.out
