"""The reference interpreter and the torch program agree, whatever passes ran."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from fmdsl.graph import interpret, objective_graph
from fmdsl.lowering.derivatives import Exact
from fmdsl.lowering.taps import Tap, tapped
from fmdsl.passes import DEFAULT, PASSES, run
from tests.lowering.nets import batch, compiled

CONFIGURATIONS = {
    "none": (),
    "all": tuple(PASSES),
    "default": DEFAULT,
    **{f"only {p}": (p,) for p in PASSES},
}


class Numpy:
    """A module as the interpreter sees a net."""

    def __init__(self, net: nn.Module) -> None:
        self.net = net

    @torch.no_grad()
    def __call__(self, *place: np.ndarray) -> np.ndarray:
        return self.net(*map(_tensor, place)).numpy()

    def jvp(self, place: Sequence[np.ndarray], along: Sequence[Any]) -> np.ndarray:
        tangents = [None if isinstance(v, int) else torch.as_tensor(v) for v in along]
        primals = list(map(_tensor, place))
        return Exact()(self.net, primals, tangents, record=False)[1].detach().numpy()

    @torch.no_grad()
    def layer(self, name: str, *place: np.ndarray) -> np.ndarray:
        return tapped([Tap(self.net, name)], lambda: self.net(*map(_tensor, place)))[1].numpy()


def _tensor(a: np.ndarray) -> Tensor:
    return torch.as_tensor(a)


@pytest.mark.parametrize("names", CONFIGURATIONS.values(), ids=CONFIGURATIONS)
@pytest.mark.parametrize("spec", ["flow_matching", "meanflow", "tvm", "dmd2"])
def test_the_program_says_what_the_interpreter_says(spec: str, names: tuple[str, ...]) -> None:
    program = compiled(spec, passes=names)
    nets = {name: Numpy(net) for name, net in program.weights.items()}
    nets |= {f"{n} {c}": Numpy(program.copies[k]) for k, (n, c) in program.followed.items()}
    for objective in program.spec.objectives:
        drawn = program.draw(batch(), objective.name)
        values = {k: v.numpy() for k, v in drawn.items()}
        plain = interpret(objective_graph(program.spec, objective), values, nets)
        passed = interpret(program.graphs[objective.name], values, nets)
        (loss,) = plain.values()
        np.testing.assert_allclose(passed[objective.name], loss, rtol=1e-12)
        found = program(drawn, objective.name, draws=drawn, ask=(objective.name,))
        np.testing.assert_allclose(found.asked[objective.name], loss, rtol=1e-10)


def test_a_central_difference_stands_in_for_a_jvp() -> None:
    program = compiled("meanflow")
    drawn = program.draw(batch())
    values = {k: v.numpy() for k, v in drawn.items()}
    net = Numpy(program.weights["u"])
    graph = run(objective_graph(program.spec, program.spec.objectives[0]))
    exact = interpret(graph, values, {"u": net})["u"]
    close = interpret(graph, values, {"u": lambda *place: net(*place)})["u"]
    np.testing.assert_allclose(close, exact, rtol=1e-7)
