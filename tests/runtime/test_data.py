"""Data by name: toy laws with known truth, the handwritten digits, and loaders that resume."""

from __future__ import annotations

import pytest
import torch

from fmdsl.runtime import data
from fmdsl.runtime.data import DataError, Examples, Loader

TOYS = ("gaussian", "mixture", "moons", "checkerboard")


def numbered(count: int) -> Examples:
    """Examples that can be told apart: the point is its own index."""
    x = torch.arange(float(count))[:, None]
    return Examples("numbered", {"points": x}, {"points": -x - 1})


def seen(loader: Loader, batches: int) -> list[int]:
    return [int(i) for _ in range(batches) for i in next(loader)["points"].flatten()]


def test_the_folder_is_the_list_of_data():
    assert set(data.available()) >= {*TOYS, "digits", "folder", "npy", "idx"}


def test_digits_are_images_in_range_with_ten_classes_and_half_held_out():
    d = data.load("digits")
    batch = next(Loader(d, 32))
    assert tuple(batch) == d.fields == ("pixels", "label")
    assert batch["pixels"].shape == (32, 1, 8, 8) and batch["label"].dtype == torch.int64
    assert batch["pixels"].min() >= -1 and batch["pixels"].max() <= 1
    assert (d.point_shape, d.classes, d.length) == ((1, 8, 8), 10, 899)
    assert len(d.held_out["pixels"]) == 898


def test_training_and_held_out_digits_are_the_whole_set_and_the_split_is_fixed():
    d, again = data.load("digits"), data.load("digits")
    train = d.take(torch.arange(d.length or 0))["pixels"]
    total = train.sum() + d.held_out["pixels"].sum()
    torch.testing.assert_close(total, torch.tensor(561718.0 / 8 - 1797 * 64), rtol=1e-4, atol=1)
    assert torch.equal(d.held_out["pixels"], again.held_out["pixels"])
    assert torch.cdist(d.held_out["pixels"].flatten(1), train.flatten(1)).min() > 0


@pytest.mark.parametrize("name", TOYS)
def test_a_toy_law_draws_afresh_and_the_same_from_the_same_seed(name: str):
    d = data.load(name)
    a, b = (d.draw(50, torch.Generator().manual_seed(s))["points"] for s in (0, 1))
    again = d.draw(50, torch.Generator().manual_seed(0))["points"]
    assert a.shape == (50, 2) and torch.equal(a, again) and not torch.equal(a, b)
    assert torch.equal(d.held_out["points"], d.held_out["points"])


@pytest.mark.parametrize("name", ["gaussian", "mixture", "checkerboard"])
def test_a_known_density_is_the_density_of_what_is_drawn(name: str):
    """Its integral over the plane is 1, and E[log p] over draws is the integral of p log p."""
    d = data.load(name)
    assert isinstance(d, data.Density) and d.log_prob is not None
    line = torch.linspace(-3.5, 3.5, 701, dtype=torch.float64)
    log_p = d.log_prob(torch.cartesian_prod(line, line))
    cell = (line[1] - line[0]) ** 2
    assert (log_p.exp().sum() * cell).item() == pytest.approx(1, abs=0.01)
    entropy = -(torch.where(log_p > -700, log_p, 0.0) * log_p.exp()).sum() * cell
    drawn = -d.log_prob(d.draw(20000, torch.Generator().manual_seed(3))["points"]).mean()
    assert drawn.item() == pytest.approx(entropy.item(), abs=0.03)


def test_the_gaussian_has_the_mean_and_scale_it_says():
    d = data.load("gaussian", mean=0.7, scale=0.3, dimension=3)
    x = d.draw(40000, torch.Generator().manual_seed(0))["points"]
    torch.testing.assert_close(x.mean(0), torch.tensor([0.7, -0.7, 0.7]), rtol=0, atol=0.01)
    torch.testing.assert_close(x.std(0), torch.full((3,), 0.3), rtol=0, atol=0.01)


def test_an_epoch_shows_every_example_once_and_the_next_in_another_order():
    loader = Loader(numbered(12), 4, seed=1)
    first, second = seen(loader, 3), seen(loader, 3)
    assert sorted(first) == sorted(second) == list(range(12)) and first != second


def test_a_batch_may_be_larger_than_an_epoch():
    assert sorted(seen(Loader(numbered(3), 6), 1)) == [0, 0, 1, 1, 2, 2]


def test_two_ranks_see_disjoint_parts_of_every_epoch():
    ranks = [Loader(numbered(11), 5, rank=r, world=2) for r in (0, 1)]
    for _ in range(3):
        a, b = (set(seen(loader, 1)) for loader in ranks)
        assert not a & b and len(a | b) == 10


def test_two_ranks_draw_different_points_of_a_law_without_end():
    a, b = (next(Loader(data.load("moons"), 9, rank=r, world=2))["points"] for r in (0, 1))
    assert not torch.equal(a, b)


@pytest.mark.parametrize("name", ["digits", "mixture"])
@pytest.mark.parametrize("before", [0, 3, 61])
def test_a_loader_goes_on_bit_for_bit_from_its_state(name: str, before: int):
    d = data.load(name)
    loader = Loader(d, 32, seed=5)
    for _ in range(before):
        next(loader)
    resumed = Loader(d, 32, seed=99)
    resumed.load_state_dict(loader.state_dict())
    for _ in range(30):
        for a, b in zip(next(loader).values(), next(resumed).values(), strict=True):
            assert torch.equal(a, b)


def test_a_law_is_not_disturbed_by_the_global_generator():
    d = data.load("digits")
    torch.manual_seed(0)
    a = next(Loader(d, 8))["pixels"]
    torch.manual_seed(1)
    assert torch.equal(a, next(Loader(d, 8))["pixels"])


@pytest.mark.parametrize(
    ("name", "options", "says", "helps"),
    [
        ("digts", {}, "no data called `digts`", "`digits`"),
        ("mixture", {"component": 3}, "no option `component`", "`components`"),
        ("npy", {}, "needs `path`", "path="),
        ("gaussian", {"scale": -1.0}, "scale -1.0", "scale > 0"),
        ("digits", {"held_out": 1.0}, "cannot be split", "between 0 and 1"),
    ],
)
def test_a_mistake_is_named_with_its_remedy(name: str, options: dict, says: str, helps: str):
    with pytest.raises(DataError) as fault:
        data.load(name, **options)
    assert says in fault.value.message and helps in fault.value.remedy


def test_more_processes_than_examples_is_refused():
    with pytest.raises(DataError, match="3 examples for 4 processes"):
        Loader(numbered(3), 1, rank=0, world=4)
