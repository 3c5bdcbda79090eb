"""Draws depend on the source of randomness and on nothing else."""

from __future__ import annotations

import torch

from fmdsl.lowering.laws import Line, Lines, fill, rng_for
from fmdsl.lowering.rng import Random
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read, read_text
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


def test_two_values_of_one_mixture_are_independent() -> None:
    """Both ends from the first law, both from the second, and one of each, as p says."""
    text = read("meanflow").source.text.replace(
        "ordered(logit_normal(-0.4, 1.0), equal=0.75)",
        "ordered(mixture(uniform(0, 0.1), uniform(0.9, 1), p=0.3))",
    )
    spec = elaborate_spec(read_text(text))
    found: dict[str, torch.Tensor] = {}
    lines = Lines(Line(d) for d in spec.draws if d.law.name == "ordered")
    source, like = Random(torch.Generator().manual_seed(0)), torch.zeros(20_000, 1)
    fill(found, lines, rng_for(source, like, False), like, 0.0)
    low = [(found["r"] < 0.5).float(), (found["t"] < 0.5).float()]
    both, mixed = (low[0] * low[1]), (low[0] * (1 - low[1]))
    assert abs(both.mean() - 0.09) < 0.01
    assert abs(mixed.mean() - 0.42) < 0.015
    halves = mixed.reshape(2, -1).mean(1)
    assert abs(halves[0] - halves[1]) < 0.03, "wherever in the batch a row stands"
