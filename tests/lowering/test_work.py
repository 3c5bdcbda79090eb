"""What a step computes: no gradient that moves nothing, no layer past the last that is read."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch import Tensor, nn
from torch.utils._python_dispatch import TorchDispatchMode

import fmdsl
from fmdsl.runtime.backbones import build, feature_shape

SHAPE, ROWS = (6,), 7
STATE = ("point", "time", "label")
#: A width of its own for every net, so that a product tells whose it is.
WIDTHS = {"T": 18, "f": 22, "G": 26}


class Products(TorchDispatchMode):
    """The shapes of all matrix products made while entered."""

    def __init__(self) -> None:
        super().__init__()
        self.shapes: list[tuple[int, ...]] = []

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        if func in (torch.ops.aten.mm.default, torch.ops.aten.addmm.default):
            self.shapes.append(tuple(out.shape))
        return out


def nets() -> dict[str, nn.Module]:
    made: dict[str, Any] = {
        name: build("mlp", point_shape=SHAPE, inputs=STATE, outputs=("tangent",), classes=3,
                    width=width, depth=4)
        for name, width in WIDTHS.items()
    }  # fmt: skip
    made["disc"] = build(
        "mlp", point_shape=SHAPE, inputs=("feature", "time", "label"), outputs=("logit",),
        classes=3, feature_shape=feature_shape(made["f"]), width=14, depth=1,
    )  # fmt: skip
    return made


def weight_gradients(loss: Tensor, net: nn.Module) -> int:
    """How many of the products of a backward pass have the shape of one of a net's weights."""
    weights = {tuple(p.shape) for p in net.parameters() if p.ndim == 2 and ROWS not in p.shape}
    with Products() as seen:
        loss.backward()
    return sum(s in weights or s[::-1] in weights for s in seen.shapes)


def loss(group: str, given: dict[str, nn.Module]) -> Tensor:
    program = fmdsl.compile("dmd2", given)
    data = {"pixels": torch.randn(ROWS, *SHAPE), "label": torch.randint(0, 3, (ROWS,))}
    return program(data, group=group)[group]


def test_scores_do_no_gradient_work_while_the_generator_moves() -> None:
    made = nets()
    assert weight_gradients(loss("G", made), made["G"]) > 0
    for name in ("T", "f", "disc"):
        assert weight_gradients(loss("G", made), made[name]) == 0, name
        assert all(p.grad is None for p in made[name].parameters()), name


def test_the_critic_does_gradient_work_and_the_generator_none() -> None:
    made = nets()
    assert weight_gradients(loss("f+disc", made), made["f"]) > 0
    assert weight_gradients(loss("f+disc", made), made["G"]) == 0


def test_a_net_runs_no_further_than_the_layer_that_is_read() -> None:
    made, calls = nets(), list[int]()
    blocks: Any = made["f"].blocks
    for number, block in enumerate(blocks):
        block.register_forward_hook(lambda *_, number=number: calls.append(number))
    loss("f+disc", made)
    middle = len(blocks) // 2
    assert calls == [*range(4), *range(middle + 1), *range(middle + 1)]


@pytest.mark.parametrize(("spec", "clocks", "outputs"), [("meanflow", 2, 1), ("imf", 1, 2)])
def test_a_derivative_on_some_rows_is_one_call_of_the_net(
    spec: str, clocks: int, outputs: int
) -> None:
    torch.manual_seed(0)
    inputs = ("point", *["time"] * clocks, "label")
    net = build("mlp", point_shape=SHAPE, inputs=inputs, outputs=("tangent",) * outputs,
                classes=3, width=16, depth=1).double()  # fmt: skip
    for weight in net.parameters():
        nn.init.normal_(weight, std=0.3)
    data = {
        "pixels": torch.randn(ROWS, *SHAPE, dtype=torch.float64),
        "label": torch.randint(0, 3, (ROWS,)),
    }
    program, plain = (fmdsl.compile(spec, {"u": net}, passes=p) for p in (None, ()))
    assert "head(" not in program.code and program.code.count("self.u_jvp(") == 1
    draws = program.draw(data)
    ours, truth = (
        torch.autograd.grad(p(data, draws=draws)["u"], list(net.parameters()))
        for p in (program, plain)
    )
    assert all(torch.allclose(a, b, rtol=1e-9, atol=1e-12) for a, b in zip(ours, truth))
