"""`torch.compile` takes a program whole."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

import fmdsl
from tests.lowering.nets import Net, batch, close, compiled


@pytest.mark.parametrize("spec", ["meanflow", "tvm"])
def test_torch_compile_takes_a_program_whole(spec: str) -> None:
    program = compiled(spec)
    drawn = program.draw(batch())
    (group,) = program.objectives
    whole = torch.compile(program, backend="aot_eager", fullgraph=True)
    loss = whole(drawn["x"], draws=drawn)[group]
    close(loss, program(drawn["x"], draws=drawn)[group], 1e-12)
    loss.backward()
    compiled_gradients = [p.grad.clone() for p in program.trained(group)]
    program.zero_grad()
    program(drawn["x"], draws=drawn)[group].backward()
    close(compiled_gradients, [p.grad for p in program.trained(group)], 1e-10)


class Heads(Net):
    """A net with a method of tensors whose body is Python."""

    def forward(self, z: Tensor, *rest: Tensor) -> Tensor:
        return super().forward(z, *rest).unflatten(-1, (3, -1)).flatten(1)


def test_python_methods_of_tensors_are_compiled_inside_a_derivative() -> None:
    program = fmdsl.compile("meanflow", nets={"u": Heads(2).double()})
    drawn = program.draw(batch())
    whole = torch.compile(program, backend="aot_eager", fullgraph=True)
    close(whole(drawn["x"], draws=drawn)["u"], program(drawn["x"], draws=drawn)["u"], 1e-12)
