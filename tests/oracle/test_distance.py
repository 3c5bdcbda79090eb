"""Learned nets against the closed forms of the data that trains them."""

from __future__ import annotations

import pytest
import torch

import fmdsl
from fmdsl.oracle import distance, law_of, truth
from fmdsl.runtime.data.gaussian import load
from fmdsl.semantics.elaborate import elaborate_spec
from fmdsl.syntax.reader import read


@pytest.mark.parametrize("name", ["meanflow", "tvm", "lsd", "dmd2"])
def test_the_truth_is_at_no_distance(name: str) -> None:
    spec = elaborate_spec(read(name))
    law = law_of(spec, "gaussian", load().truth)
    assert law is not None
    program = fmdsl.compile(name, dict(truth(spec, law).nets), derivative="exact")
    found = distance(program, law, examples=64)
    assert found["sample in one step"] < 1e-12
    assert all(value < 1e-12 for value in found.values())


def test_a_perturbed_net_is_as_far_as_it_is_perturbed() -> None:
    spec = elaborate_spec(read("meanflow"))
    law = law_of(spec, "gaussian", load(mean=0.2, scale=0.7, dimension=3).truth)
    assert law is not None
    nets = dict(truth(spec, law).nets)
    with torch.no_grad():
        nets["u"].probes[0][-1] = 0.1
    program = fmdsl.compile("meanflow", nets, derivative="exact")
    found = distance(program, law, examples=64)
    assert found == pytest.approx(
        dict.fromkeys(("u", "u at equal clocks", "sample in one step"), 0.1)
    )


def test_a_discrete_path_has_no_closed_form() -> None:
    assert law_of(elaborate_spec(read("ddpm")), "gaussian", load().truth) is None


def test_data_without_a_closed_form() -> None:
    assert law_of(elaborate_spec(read("meanflow")), "moons", {}) is None
