"""Data from files: arrays, IDX, folders of pictures; a bad file is named before training."""

from __future__ import annotations

import gzip
import os
import struct
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from fmdsl.runtime import data
from fmdsl.runtime.data import DataError, Loader
from fmdsl.runtime.data.idx import read


def write_idx(path: Path, array: np.ndarray) -> Path:
    header = b"\0\0\x08" + bytes([array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    raw = header + array.astype(np.uint8).tobytes()
    path.write_bytes(gzip.compress(raw) if path.suffix == ".gz" else raw)
    return path


def paint(path: Path, value: int, size: tuple[int, int] = (8, 8)) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, (value, 0, 255)).save(path)
    return path


def test_npz_with_points_and_labels(tmp_path: Path):
    x = np.random.default_rng(0).normal(size=(40, 3))
    np.savez(tmp_path / "a.npz", x=x, y=np.arange(40) % 4)
    d = data.load(tmp_path / "a.npz", held_out=0.25)
    assert (d.point_shape, d.classes, d.length) == ((3,), 4, 30)
    batch = next(Loader(d, 5))
    row = np.abs(x - batch["points"][0].numpy()).sum(1).argmin()
    assert row % 4 == batch["label"][0]


@pytest.mark.parametrize("shape", [(20, 6, 5), (20, 1, 6, 5), (20, 6, 5, 1)])
def test_npy_images_of_bytes_are_scaled_to_minus_one_and_one(tmp_path: Path, shape: tuple):
    x = np.zeros((20, 6, 5), np.uint8)
    x[:, :3] = 255
    np.save(tmp_path / "a.npy", x.reshape(shape))
    d = data.load(str(tmp_path / "a.npy"))
    batch = next(Loader(d, 4))["pixels"]
    assert d.point_shape == (1, 6, 5) and d.classes is None
    assert (batch[:, :, :3] == 1).all() and (batch[:, :, 3:] == -1).all()
    assert d.held_out["pixels"].dtype == torch.float32


def nan_at_three() -> np.ndarray:
    x = np.zeros((10, 2))
    x[3, 1] = np.nan
    return x


@pytest.mark.parametrize(
    ("arrays", "says"),
    [
        ({"x": nan_at_three()}, "1 of 10 points are not finite, the first at index 3"),
        ({"x": np.zeros(9)}, r"shape \(9,\)"),
        ({"x": np.zeros((0, 2))}, r"shape \(0, 2\)"),
        ({"x": np.zeros((9, 2), complex)}, "complex128"),
        ({"z": np.zeros((9, 2))}, "no array `x`, only z"),
        ({"x": np.zeros((9, 2)), "y": np.zeros(8, int)}, r"labels have shape \(8,\) for 9"),
        ({"x": np.zeros((9, 2)), "y": np.full(9, 0.5)}, "not classes"),
        ({"x": np.zeros((9, 2)), "y": np.full(9, -1)}, "not classes"),
        ({"x": np.array([{}] * 9, object)}, "cannot be read"),
    ],
)
def test_arrays_that_cannot_be_trained_on_are_refused(tmp_path: Path, arrays: dict, says: str):
    np.savez(tmp_path / "a.npz", **arrays)
    with pytest.raises(DataError, match=says) as fault:
        data.load(tmp_path / "a.npz")
    assert fault.value.remedy


@pytest.mark.parametrize("content", [b"", b"not an array", b"PK\x03\x04 cut"])
def test_a_file_that_is_no_array_is_refused(tmp_path: Path, content: bytes):
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(DataError, match="cannot be read as numpy arrays"):
        data.load(tmp_path / "a.npz")


@pytest.mark.parametrize("suffix", ["", ".gz"])
def test_idx_images_find_the_labels_beside_them(tmp_path: Path, suffix: str):
    images = np.arange(20 * 12).reshape(20, 4, 3) % 256
    file = write_idx(tmp_path / f"train-images-idx3-ubyte{suffix}", images)
    write_idx(tmp_path / f"train-labels-idx1-ubyte{suffix}", np.arange(20) % 5)
    assert np.array_equal(read(file), images)
    for path in (file, tmp_path):
        d = data.load(path)
        assert (d.point_shape, d.classes, d.length) == ((1, 4, 3), 5, 18)


def test_idx_cut_short_is_refused(tmp_path: Path):
    file = write_idx(tmp_path / "images-idx3-ubyte", np.zeros((3, 4, 4)))
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(DataError, match="cut short"):
        data.load(file)
    packed = write_idx(tmp_path / "images-idx3-ubyte.gz", np.zeros((3, 4, 4)))
    packed.write_bytes(packed.read_bytes()[:-9])
    with pytest.raises(DataError, match="cannot be read"):
        data.load(packed)


@pytest.mark.skipif(not os.environ.get("FMDSL_DATA"), reason="FMDSL_DATA names no data folder")
def test_mnist_reads_from_its_own_files():
    d = data.load(Path(os.environ["FMDSL_DATA"]) / "mnist10k")
    assert (d.point_shape, d.classes, d.length) == ((1, 28, 28), 10, 9000)


def test_subfolders_of_a_folder_of_pictures_are_its_classes(tmp_path: Path):
    for i in range(10):
        paint(tmp_path / "cat" / f"{i}.png", 255)
        paint(tmp_path / "dog" / "old" / f"{i}.jpg", 0)
    d = data.load(tmp_path, held_out=0.5)
    batch = next(Loader(d, 10))
    assert (d.point_shape, d.classes, d.class_names) == ((3, 8, 8), 2, ("cat", "dog"))
    red = batch["pixels"][:, 0].mean((1, 2))
    assert torch.equal(red < 0, batch["label"] == 1)


def test_one_corrupt_picture_is_named_and_can_be_left_out(tmp_path: Path):
    for i in range(6):
        paint(tmp_path / f"{i}.png", i)
    bad = tmp_path / "3.png"
    bad.write_bytes(bad.read_bytes()[:40])
    with pytest.raises(DataError, match=r"3\.png cannot be read") as fault:
        data.load(tmp_path)
    assert "--skip-bad" in fault.value.remedy
    with pytest.warns(UserWarning, match=r"left out: .*3\.png"):
        d = data.load(tmp_path, skip_bad=True, held_out=0.2)
    assert (d.length, d.classes) == (4, None)


def test_pictures_of_several_sizes_want_one(tmp_path: Path):
    paint(tmp_path / "a.png", 1)
    paint(tmp_path / "b.png", 2, (12, 9))
    with pytest.raises(DataError, match=r"b\.png is 12 x 9") as fault:
        data.load(tmp_path)
    assert "size=" in fault.value.remedy
    assert data.load(tmp_path, size=6, grey=True, held_out=0.5).point_shape == (1, 6, 6)


@pytest.mark.parametrize("name", ["nothing/here", "empty"])
def test_a_path_without_data_is_refused(tmp_path: Path, name: str):
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError) as fault:
        data.load(tmp_path / name)
    assert name.split("/")[0] in fault.value.message


def test_a_picture_beside_class_folders_is_named(tmp_path: Path):
    paint(tmp_path / "a" / "1.png", 1)
    paint(tmp_path / "stray.png", 1)
    with pytest.raises(DataError, match=r"stray\.png lies beside"):
        data.load(tmp_path)
