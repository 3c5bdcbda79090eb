"""A run's config: read safely, changed by key, every mistake told with its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from fmdsl.runtime.config import Config, OptimizerChoice
from fmdsl.runtime.config_text import change, load_config, show_config
from fmdsl.runtime.fault import ConfigError

TEXT = """\
spec: meanflow
data: digits
nets:
  u: {backbone: unet, channels: 64}
optimizer:
  default: {lr: 1e-3}
  u: {warmup: 10}
batch: 64
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "run.yaml"
    path.write_text(TEXT)
    return path


def test_a_file_is_read_over_the_defaults(file: Path) -> None:
    config = load_config(file)
    assert config.spec == "meanflow"
    assert config.nets["u"].backbone == "unet"
    assert config.nets["u"].options == {"channels": 64}
    assert config.batch == 64
    assert config.clip == Config().clip


def test_what_is_written_back_reads_as_the_same(file: Path, tmp_path: Path) -> None:
    config = load_config(file, changes=[change("settings.alpha=0.5"), change("data.held_out=0.2")])
    again = tmp_path / "again.yaml"
    again.write_text(show_config(config))
    assert load_config(again) == config


def test_changes_have_the_last_word_and_reach_into_sections(file: Path) -> None:
    changes = [
        change("optimizer.u.betas=[0.9, 0.95]"),
        change("data.held_out=0.2"),
        ("", "batch", 8),
    ]
    config = load_config(file, changes=changes)
    assert config.optimizer_of("u").betas == (0.9, 0.95)
    assert (config.data.name, config.data.options) == ("digits", {"held_out": 0.2})
    assert config.batch == 8


def test_the_default_optimizer_holds_where_a_net_says_nothing(file: Path) -> None:
    config = load_config(file)
    assert config.optimizer_of("u").lr == 1e-3
    assert config.optimizer_of("u").warmup == 10
    assert config.optimizer_of("other").warmup == OptimizerChoice().warmup


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("optimizer.u.lrr=1", ["unknown key `lrr` in `optimizer.u`", "did you mean `lr`?"]),
        ("sampel.n=3", ["--set sampel.n=3: unknown key `sampel`", "did you mean `sample`?"]),
        ("batch=lots", ["`batch` is 'lots'", "expected: a whole number"]),
        ("batch=1.5", ["`batch` is 1.5", "a whole number"]),
        ("batch=0", ["`batch` is 0", "at least 1"]),
        ("batch=true", ["`batch` is True", "a whole number"]),
        ("optimizer.u.betas=[1]", ["`optimizer.u.betas` is [1]", "a list of 2 numbers"]),
        ("ema=x", ["`ema` is 'x'", "a number"]),
        ("precision=fp8", ["expected: one of fp32, bf16, fp16, fp64"]),
        ("log.tensorboard=2", ["`log.tensorboard` is 2", "true or false"]),
        ("nets.u=3", ["`nets.u` is 3", "a section with keys backbone"]),
        ("clip=0", ["`clip` is 0", "more than 0"]),
        ("a", ["no `KEY=VALUE`"]),
        ("batch=[", ["the value is not YAML"]),
    ],
)
def test_a_mistake_is_told_with_its_key_and_what_was_expected(
    file: Path, text: str, told: list[str]
) -> None:
    with pytest.raises(ConfigError) as caught:
        load_config(file, changes=[change(text)])
    for part in told:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("batch: 64\nbatsh: 3\n", ":2: unknown key `batsh`"),
        ("optimizer:\n  u:\n    lr: fast\n", ":3: `optimizer.u.lr` is 'fast'"),
        ("batch: 1\nbatch: 2\n", ":2: `batch` stands twice"),
        ("a: &a [1]\nb: *a\n", "uses YAML aliases"),
        ("batch: [\n", "is not YAML"),
        ("- 1\n", "holds no section of keys"),
        ("batch: !!python/object/apply:os.system [ls]\n", "batch"),
    ],
)
def test_a_mistake_in_a_file_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=r".") as caught:
        load_config(path)
    assert told in str(caught.value)


def test_an_empty_file_is_the_default_config(tmp_path: Path) -> None:
    path = tmp_path / "empty.yaml"
    path.write_text("")
    assert load_config(path) == Config()


def test_training_ends_by_steps_or_by_the_clock_whichever_comes_first() -> None:
    assert Config(steps=100).progress(50, 1e9) == 0.5
    assert Config(minutes=2).progress(10**6, 30) == 0.25
    assert Config(steps=100, minutes=1).progress(10, 30) == 0.5
    assert Config().progress(10**6, 0) == 1.0
