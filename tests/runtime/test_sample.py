"""Samples and metrics of a trained run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file

from fmdsl.runtime.fault import RunError
from fmdsl.runtime.train import train
from fmdsl.runtime.trained import Trained, load_trained, save_samples
from tests.runtime.tiny import config, final


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp("runs") / "run"
    told = config("steps=30", "optimizer.default.lr=1e-2", "optimizer.default.warmup=0")
    train("meanflow", folder, told)
    return load_trained(folder, "cpu")


def test_samples_are_made_with_the_averaged_weights(run: Trained) -> None:
    state = final(run.folder.path)
    bias = run.nets["u"].state_dict()["write.bias"]
    assert torch.equal(bias, state["average"]["u"]["write.bias"])
    assert not torch.equal(bias, state["nets"]["u"]["write.bias"])
    live = load_trained(run.folder.path, "cpu", live=True)
    assert torch.equal(live.nets["u"].state_dict()["write.bias"], state["nets"]["u"]["write.bias"])


def test_one_step_is_the_specs_own_rule(run: Trained) -> None:
    """x = e - u(e, 0, 1): written out by hand."""
    seen: list[torch.Tensor] = []
    net = run.nets["u"]
    hook = net.register_forward_pre_hook(lambda _m, given: seen.append(given[0].clone()))
    made = run.samples(6, 1, label=2)
    hook.remove()
    (e,) = seen
    zero, one = torch.zeros(6), torch.ones(6)
    with torch.no_grad():
        by_hand = e - net(e, zero, one, torch.full((6,), 2))
    torch.testing.assert_close(made, by_hand)


def test_the_seed_fixes_the_noise_and_labels_matter(run: Trained) -> None:
    assert torch.equal(run.samples(5, 2, seed=1), run.samples(5, 2, seed=1))
    assert not torch.equal(run.samples(5, 2, seed=1), run.samples(5, 2, seed=2))
    assert not torch.equal(run.samples(5, 1, label=0), run.samples(5, 1, label=1))


def test_a_label_or_a_count_that_does_not_exist_is_refused(run: Trained) -> None:
    with pytest.raises(RunError, match="has no label 8"):
        run.samples(2, 1, label=8)
    with pytest.raises(RunError, match="0 steps are no sampler"):
        run.counts([0])


def test_listed_times_are_the_steps_between_them(run: Trained) -> None:
    assert torch.equal(run.samples(4, times=(1, 0.5, 0)), run.samples(4, 2))
    assert torch.equal(run.samples(4), run.samples(4, 1))
    with pytest.raises(
        RunError, match="the times 0, 1 do not lead from noise to data\n  help: they must fall"
    ):
        run.samples(4, times=(0, 1))


def test_new_noise_changes_the_samples_and_the_seed_fixes_it(run: Trained) -> None:
    made = [run.samples(4, 2, gamma=g, seed=1) for g in (0, 1, 1)]
    assert not torch.equal(made[0], made[1]) and torch.equal(made[1], made[2])


def test_settings_of_the_sampler_alone_may_change(tmp_path: Path) -> None:
    train("imf_guided", tmp_path, config("steps=3", "optimizer.default.warmup=0"))
    plain, guided = (load_trained(tmp_path, "cpu", settings=s) for s in ({}, {"scale": 8}))
    assert not torch.equal(plain.samples(4, 1), guided.samples(4, 1))


def test_settings_of_training_do_not_change(tmp_path: Path) -> None:
    train("meanflow_guided", tmp_path, config("steps=1"))
    with pytest.raises(RunError, match="`ω` is a setting of training"):
        load_trained(tmp_path, "cpu", settings={"ω": 3})


def test_scores_stand_beside_the_floor(run: Trained) -> None:
    scores = run.scores((1, 2), n=100, metrics=["energy", "sliced_w2"])
    assert list(scores.by_steps) == [1, 2]
    assert set(scores.floor) == set(scores.by_steps[1]) == {"energy", "sliced_w2"}
    assert scores.floor["sliced_w2"] < scores.by_steps[1]["sliced_w2"]


def test_samples_are_saved_as_their_suffix_says(run: Trained, tmp_path: Path) -> None:
    samples, data = run.samples(4, 1), run.problem.data
    assert np.array_equal(np.load(save_samples(samples, data, tmp_path / "x.npy")), samples.numpy())
    saved = save_samples(samples, data, tmp_path / "x.safetensors")
    assert torch.equal(load_file(saved)["samples"], samples)
    assert save_samples(samples, data, tmp_path / "x.png").read_bytes().startswith(b"\x89PNG")
    with pytest.raises(RunError, match=r"x\.gif is no file that samples go into"):
        save_samples(samples, data, tmp_path / "x.gif")
