"""`torch.compile` takes a program whole."""

from __future__ import annotations

import pytest
import torch

from tests.lowering.nets import batch, close, compiled


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
