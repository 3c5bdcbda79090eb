"""Checkpoints: everything comes back, a write is whole or absent, a bad file is refused."""

from __future__ import annotations

import resource
from pathlib import Path
from typing import Any

import pytest
import torch

from fmdsl.runtime import checkpoint, randomness
from fmdsl.runtime.fault import RunError
from fmdsl.runtime.packing import pack, unpack

STATE: dict[str, Any] = {
    "step": 3,
    "name": "ü",
    "nested": {"weights": torch.arange(6.0).reshape(2, 3), "none": None, "flag": True},
    "by_number": {0: {"exp_avg": torch.ones(2, dtype=torch.bfloat16)}, 1: {}},
    "betas": (0.9, 0.95),
    "third": 1 / 3,
    "infinite": float("inf"),
    "scalar": torch.tensor(2.5, dtype=torch.float64),
    "bytes": torch.arange(5, dtype=torch.uint8),
}


def same(a: Any, b: Any) -> bool:
    if isinstance(a, torch.Tensor):
        return isinstance(b, torch.Tensor) and a.dtype == b.dtype and torch.equal(a, b)
    if isinstance(a, dict):
        return isinstance(b, dict) and list(a) == list(b) and all(same(a[k], b[k]) for k in a)
    if isinstance(a, (list, tuple)):
        return type(a) is type(b) and len(a) == len(b) and all(map(same, a, b))
    return type(a) is type(b) and a == b


def test_a_state_comes_back_bit_for_bit_and_type_for_type(tmp_path: Path) -> None:
    file = tmp_path / checkpoint.name_of(3)
    checkpoint.write(file, STATE)
    assert same(checkpoint.read(file).state, STATE)


def test_tensors_that_share_memory_come_back_apart(tmp_path: Path) -> None:
    base = torch.arange(4.0)
    file = tmp_path / checkpoint.name_of(1)
    checkpoint.write(file, {"a": base, "b": base, "part": base[1:3], "turned": base.view(2, 2).T})
    state = checkpoint.read(file).state
    assert torch.equal(state["b"], base)
    assert torch.equal(state["part"], base[1:3])
    assert torch.equal(state["turned"], base.view(2, 2).T)


def test_an_object_that_only_pickle_could_hold_is_refused() -> None:
    with pytest.raises(TypeError, match="state/x holds a object"):
        pack({"x": object()}, "state", {})


def test_packing_is_undone_by_unpacking() -> None:
    tensors: dict[str, torch.Tensor] = {}
    tree = pack(STATE, "state", tensors)
    assert same(unpack(tree, tensors), STATE)


def test_the_newest_are_kept_and_what_a_killed_writer_left_goes(tmp_path: Path) -> None:
    for step in (1, 2, 10):
        checkpoint.write(tmp_path / checkpoint.name_of(step), {"step": step})
    (tmp_path / ".step-00000011.safetensors.partial").write_bytes(b"half")
    checkpoint.prune(tmp_path, keep=2)
    assert [p.name for p in sorted(tmp_path.iterdir())] == [
        checkpoint.name_of(2),
        checkpoint.name_of(10),
    ]
    newest = checkpoint.newest(tmp_path)
    assert newest is not None
    assert checkpoint.read(newest).state["step"] == 10


def test_a_disk_that_fills_leaves_the_previous_checkpoint_and_says_so(tmp_path: Path) -> None:
    """The limit on a file's size stands for the disk: the write breaks off in its middle."""
    before = tmp_path / checkpoint.name_of(1)
    checkpoint.write(before, {"weights": torch.zeros(10)})
    contents = before.read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))
    try:
        with pytest.raises(RunError) as caught:
            checkpoint.write(tmp_path / checkpoint.name_of(2), {"weights": torch.zeros(100_000)})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert "step-00000001.safetensors is intact" in caught.value.message
    assert "free some space" in caught.value.remedy
    assert [p.name for p in tmp_path.iterdir()] == [before.name]
    assert before.read_bytes() == contents


@pytest.mark.parametrize("damage", ["cut", "foreign", "empty", "absent"])
def test_a_damaged_file_is_refused_with_a_remedy(tmp_path: Path, damage: str) -> None:
    file = tmp_path / checkpoint.name_of(1)
    checkpoint.write(file, {"weights": torch.zeros(100)})
    whole = file.read_bytes()
    if damage == "absent":
        file.unlink()
    else:
        file.write_bytes({"cut": whole[:-50], "foreign": b"\x80pickle" * 20, "empty": b""}[damage])
    with pytest.raises(RunError, match="is no checkpoint, or is damaged"):
        checkpoint.read(file)


def test_every_global_generator_goes_on_where_it_was(tmp_path: Path) -> None:
    import random

    import numpy as np

    def drawn() -> list[float]:
        return [float(torch.rand(())), random.random(), float(np.random.normal())]

    randomness.seed_everything(3)
    drawn()
    file = tmp_path / checkpoint.name_of(1)
    checkpoint.write(file, {"random": randomness.state()})
    expected = [drawn(), drawn()]
    randomness.seed_everything(4)
    randomness.restore(checkpoint.read(file).state["random"])
    assert [drawn(), drawn()] == expected


def test_a_generator_depends_on_every_part_of_its_place() -> None:
    def first(*place: int | str) -> float:
        return float(torch.rand((), generator=randomness.generator("cpu", *place)))

    places = [(0, 1, "u", 0), (1, 0, "u", 0), (0, 1, "v", 0), (0, 1, "u", 1), (0, 11, "u", 0)]
    assert len({first(*p) for p in places}) == len(places)
    assert first(0, 1, "u") == first(0, 1, "u")
