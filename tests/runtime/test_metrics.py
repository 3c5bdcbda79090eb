"""Metrics against closed forms, and against the floor that real data sets."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from PIL import Image
from torch import Tensor

from fmdsl.runtime import data, metrics
from fmdsl.runtime.metrics import MetricError
from fmdsl.runtime.metrics.classifier import accuracy, classifier
from fmdsl.runtime.metrics.energy import energy_distance
from fmdsl.runtime.metrics.frechet import frechet_distance, gaussian_w2_squared
from fmdsl.runtime.metrics.precision import precision_recall
from fmdsl.runtime.metrics.sliced import sliced_w2
from fmdsl.runtime.metrics.wasserstein import w2


def normal(count: int, dimension: int, seed: int) -> Tensor:
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(count, dimension, generator=generator, dtype=torch.float64)


def test_w2_of_a_shifted_cloud_is_the_shift():
    x = normal(300, 5, 0)
    shift = torch.tensor([0.3, 0, -0.4, 0, 0], dtype=torch.float64)
    assert w2(x + shift, x) == pytest.approx(0.5, abs=1e-9)


def test_w2_on_a_line_is_that_of_the_sorted_points():
    x, y = normal(200, 1, 0), 2 * normal(200, 1, 1) + 1
    expected = (x.sort(0).values - y.sort(0).values).square().mean().sqrt().item()
    assert w2(x, y) == pytest.approx(expected, abs=1e-9)


def test_sliced_w2_of_a_shift_is_its_length_over_root_dimension():
    x = normal(400, 4, 0)
    shift = torch.full((4,), 0.5, dtype=torch.float64)
    assert sliced_w2(x + shift, x, directions=4000) == pytest.approx(1 / math.sqrt(4), rel=0.05)


def test_energy_distance_of_two_normals_is_the_closed_form():
    """For N(0,1) and N(m,1): 2 E|N(m,2)| - 2 E|N(0,2)|, and E|N(m,s²)| is in closed form."""

    def absolute(m: float, s: float) -> float:
        bell = s * math.sqrt(2 / math.pi) * math.exp(-(m**2) / (2 * s**2))
        return bell + m * math.erf(m / (s * math.sqrt(2)))

    x, y = normal(4000, 1, 0), normal(4000, 1, 1) + 1
    expected = 2 * (absolute(1, math.sqrt(2)) - absolute(0, math.sqrt(2)))
    assert energy_distance(x, y) == pytest.approx(expected, rel=0.1)
    assert abs(energy_distance(normal(4000, 1, 2), x)) < 0.005


def test_frechet_distance_of_two_normals_is_the_closed_form():
    x = normal(50000, 3, 0)
    scale = torch.tensor([2.0, 1.0, 0.5], dtype=torch.float64)
    expected = float((scale - 1).square().sum() + 3 * 0.3**2)
    y = normal(50000, 3, 1) * scale + 0.3
    assert frechet_distance(x, y) == pytest.approx(expected, rel=0.05)
    assert abs(frechet_distance(x, x)) < 1e-9


def test_frechet_distance_of_rotated_normals_is_that_of_their_matrices():
    """W2² of N(0, A) and N(0, B) through the eigenvalues of AB, which no root is needed for."""
    a, b = (q.T @ q / 9 for q in (normal(9, 4, 0), normal(9, 4, 1)))
    cross = torch.linalg.eigvals(a @ b).real.sqrt().sum()
    expected = float(a.trace() + b.trace() - 2 * cross)
    zero = torch.zeros(4, dtype=torch.float64)
    assert gaussian_w2_squared(zero, a, zero, b) == pytest.approx(expected, rel=1e-9)


def test_precision_falls_with_junk_and_recall_with_missing_modes():
    real = torch.cat([normal(200, 2, 0), normal(200, 2, 1) + 20])
    junk = torch.cat([normal(100, 2, 2), normal(100, 2, 3) - 50])
    one_mode = normal(400, 2, 4)
    assert precision_recall(junk, real)[0] == pytest.approx(0.5, abs=0.05)
    high, half = precision_recall(one_mode, real)
    assert high > 0.9 and half == pytest.approx(0.5, abs=0.05)


def test_the_classifier_knows_the_digits_and_is_kept(tmp_path: Path):
    digits = data.load("digits")
    state = torch.random.get_rng_state()
    net = classifier(digits, tmp_path)
    assert accuracy(net, digits) > 0.95
    assert torch.equal(state, torch.random.get_rng_state())
    again = classifier(data.load("digits"), tmp_path)
    assert again is not net
    assert torch.equal(again.last.weight, net.last.weight)
    assert len(list(tmp_path.iterdir())) == 1


def test_real_digits_reach_the_floor_and_worse_ones_do_not(tmp_path: Path):
    digits = data.load("digits")
    least = metrics.floor(digits, cache=tmp_path)
    assert set(least) == {"w2", "sliced_w2", "energy", "frechet", "precision", "recall"}
    real = digits.points(898, seed=1)
    same = metrics.evaluate(real, digits, cache=tmp_path)
    noisy = metrics.evaluate(real + torch.randn_like(real), digits, cache=tmp_path)
    mean = metrics.evaluate(real.mean(0).expand_as(real) + 0.01 * torch.randn_like(real), digits)
    for name in ("w2", "sliced_w2", "frechet"):
        assert same[name] < 1.3 * least[name]
        assert noisy[name] > 1.3 * least[name] and mean[name] > 1.3 * least[name]
    assert mean["recall"] < 0.1 < least["recall"]


def test_points_in_the_plane_have_no_metrics_of_features():
    moons = data.load("moons")
    least = metrics.floor(moons, count=500)
    assert set(least) == {"w2", "sliced_w2", "energy"}
    assert metrics.evaluate(moons.points(500, seed=9) + 1, moons)["w2"] > 5 * least["w2"]


@pytest.mark.parametrize(
    ("samples", "names", "says"),
    [
        (torch.zeros(5, 3), None, "samples have shape"),
        (torch.full((5, 2), math.nan), None, "5 of 5 samples are not finite"),
        (torch.zeros(5, 2), ["energi"], "unknown metric"),
        (torch.zeros(5, 2), ["frechet"], "no labelled pictures"),
    ],
)
def test_samples_that_cannot_be_measured_are_refused(samples: Tensor, names, says: str):
    with pytest.raises(MetricError, match=says):
        metrics.evaluate(samples, data.load("moons"), names)


def test_a_grid_magnifies_digits_and_keeps_their_order(tmp_path: Path):
    samples = torch.full((12, 1, 8, 8), -1.0)
    samples[11] = 1.0
    picture = Image.open(metrics.grid(samples, tmp_path / "new" / "grid.png", nrow=10))
    assert picture.size == (10 * 10 * 4, 2 * 10 * 4)
    assert picture.getpixel((60, 60)) == 255 and picture.getpixel((20, 20)) == 0


def test_a_cloud_is_a_scatter_plot_and_a_picture_follows_the_data(tmp_path: Path):
    moons, digits = data.load("moons"), data.load("digits")
    for d, name in ((moons, "a.png"), (digits, "b.png")):
        file = metrics.picture(d.points(50), d, tmp_path / name)
        assert Image.open(file).size[0] > 300
    with pytest.raises(MetricError, match="no grid"):
        metrics.grid(torch.zeros(3, 2), tmp_path / "c.png")
