"""Draws depend on the source of randomness and on nothing else."""

from __future__ import annotations

import torch

from fmdsl.lowering.rng import Random
from tests.lowering.nets import batch, compiled


def test_one_seed_draws_the_same_again() -> None:
    program = compiled("tvm")
    data = batch()
    first, again = (program.draw(data, rng=torch.Generator().manual_seed(5)) for _ in "ab")
    for name, value in first.items():
        assert torch.equal(value, again[name])
    assert (first["s"] + first["gap"] <= 1).all()


def test_a_random_state_is_saved_and_continued() -> None:
    program = compiled("meanflow")
    source = Random(torch.Generator().manual_seed(1))
    program(batch(), rng=source)
    state = source.state_dict()
    data = batch()
    expected = program(data, rng=source)["u"]
    again = Random(torch.Generator())
    again.load_state_dict(state)
    assert program(data, rng=again)["u"] == expected
